// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "records.h"

DEFINE_SPINLOCK(twq_lock);
struct twq_counters twq_count;

static DEFINE_HASHTABLE(processes, 6);

struct process_record *twq_find_process(const struct signal_struct *process)
{
	struct process_record *record;

	hash_for_each_possible(processes, record, link, (unsigned long)process)
		if (record->process == process)
			return record;
	return NULL;
}

struct thread_record *twq_find_thread(struct process_record *process,
				      const struct task_struct *task)
{
	struct thread_record *record;

	list_for_each_entry(record, &process->threads, link)
		if (record->task == task)
			return record;
	return NULL;
}

void twq_add_process(struct process_record *process)
{
	hash_add(processes, &process->link, (unsigned long)process->process);
	twq_count.proc_alloc_count++;
}

/* The counts of the thread's bucket go up, or down, by the thread. */
static void count_thread(struct process_record *process,
			 const struct thread_record *thread, int by)
{
	unsigned int bucket = thread->bucket;

	process->total[bucket] += by;
	twq_count.bucket_total_current[bucket] += by;
	if (thread->is_idle) {
		process->idle[bucket] += by;
		twq_count.bucket_idle_current[bucket] += by;
	}
}

void twq_add_thread(struct process_record *process,
		    struct thread_record *thread)
{
	list_add(&thread->link, &process->threads);
	count_thread(process, thread, 1);
	twq_count.thread_state_alloc_count++;
}

void twq_move_thread(struct process_record *process,
		     struct thread_record *thread, unsigned int bucket,
		     bool is_idle)
{
	count_thread(process, thread, -1);
	thread->bucket = bucket;
	thread->is_idle = is_idle;
	count_thread(process, thread, 1);
}

void twq_drop_thread(struct process_record *process,
		     struct thread_record *thread)
{
	count_thread(process, thread, -1);
	list_del(&thread->link);
	kfree(thread);
	twq_count.thread_state_free_count++;
}

void twq_drop_threads(struct process_record *process)
{
	struct thread_record *thread, *next;

	list_for_each_entry_safe(thread, next, &process->threads, link)
		twq_drop_thread(process, thread);
}

void twq_drop_process(struct process_record *process)
{
	hash_del(&process->link);
	kfree(process);
	twq_count.proc_free_count++;
}
