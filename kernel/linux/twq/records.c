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
	twq_count.proc_alloc++;
}

void twq_add_thread(struct process_record *process,
		    struct thread_record *thread)
{
	list_add(&thread->link, &process->threads);
	process->running[thread->bucket]++;
	twq_count.thread_alloc++;
}

void twq_drop_thread(struct process_record *process,
		     struct thread_record *thread)
{
	process->running[thread->bucket]--;
	list_del(&thread->link);
	kfree(thread);
	twq_count.thread_free++;
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
	twq_count.proc_free++;
}
