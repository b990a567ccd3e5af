// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an operation with right arguments does to the records of the caller.
 */
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "records.h"

long twq_state_init(void)
{
	struct process_record *record = kzalloc(sizeof(*record), GFP_KERNEL);

	if (!record)
		return -ENOMEM;
	record->process = current->signal;
	INIT_LIST_HEAD(&record->threads);
	spin_lock(&twq_lock);
	if (twq_find_process(current->signal)) {
		spin_unlock(&twq_lock);
		kfree(record);
		return -EBUSY;
	}
	twq_add_process(record);
	twq_count.init_count++;
	spin_unlock(&twq_lock);
	return 0;
}

/*
 * How many threads a bucket may have: as many as were asked for, as far as the
 * busy threads of the buckets above leave room.
 */
static unsigned int target_of(const struct process_record *process,
			      struct twq_priority priority)
{
	unsigned int limit = num_online_cpus(), busy = 0, i;

	if (priority.overcommits)
		limit *= 2;
	for (i = priority.bucket + 1; i < TWQ_BUCKETS; i++)
		busy += process->total[i] - process->idle[i];
	return min(process->requested[priority.bucket],
		   limit > busy ? limit - busy : 0);
}

/*
 * The calling thread is in this bucket from now on. One that has no record
 * takes the spare one.
 */
static void place(struct process_record *process, struct thread_record **spare,
		  unsigned int bucket, bool is_idle)
{
	struct thread_record *thread = twq_find_thread(process, current);

	if (thread) {
		twq_move_thread(process, thread, bucket, is_idle);
		return;
	}
	(*spare)->task = current;
	(*spare)->bucket = bucket;
	(*spare)->is_idle = is_idle;
	twq_add_thread(process, *spare);
	*spare = NULL;
}

static long enter_locked(struct thread_record **spare, unsigned int bucket)
{
	struct process_record *process = twq_find_process(current->signal);
	struct thread_record *thread;

	if (!process)
		return -ENXIO;
	thread = twq_find_thread(process, current);
	if (thread && !thread->is_idle)
		return -EBUSY;
	place(process, spare, bucket, false);
	twq_count.thread_enter_count++;
	twq_count.bucket_thread_enter_total[bucket]++;
	return 0;
}

long twq_state_enter(unsigned int bucket)
{
	struct thread_record *spare = kzalloc(sizeof(*spare), GFP_KERNEL);
	long result;

	if (!spare)
		return -ENOMEM;
	spin_lock(&twq_lock);
	result = enter_locked(&spare, bucket);
	spin_unlock(&twq_lock);
	kfree(spare);
	return result;
}

static long return_locked(struct thread_record **spare,
			  const unsigned int *wanted)
{
	struct process_record *process = twq_find_process(current->signal);
	unsigned int bucket = TWQ_DEFAULT_BUCKET;
	struct thread_record *thread;

	if (!process)
		return -ENXIO;
	thread = twq_find_thread(process, current);
	if (wanted)
		bucket = *wanted;
	else if (thread)
		bucket = thread->bucket;
	place(process, spare, bucket, true);
	twq_count.thread_return_count++;
	twq_count.bucket_thread_return_total[bucket]++;
	return 0;
}

long twq_state_return(const unsigned int *bucket)
{
	struct thread_record *spare = kzalloc(sizeof(*spare), GFP_KERNEL);
	long result;

	if (!spare)
		return -ENOMEM;
	spin_lock(&twq_lock);
	result = return_locked(&spare, bucket);
	spin_unlock(&twq_lock);
	kfree(spare);
	return result;
}

static bool is_busy_in(const struct thread_record *thread, unsigned int bucket)
{
	return thread && !thread->is_idle && thread->bucket == bucket;
}

long twq_state_transfer(struct twq_priority from, unsigned int to,
			unsigned int from_wanted)
{
	struct process_record *process;
	struct thread_record *thread;
	long result = -ENXIO;

	spin_lock(&twq_lock);
	process = twq_find_process(current->signal);
	if (process) {
		thread = twq_find_thread(process, current);
		result = is_busy_in(thread, from.bucket) ? 0 : -ESRCH;
	}
	if (!result) {
		twq_move_thread(process, thread, to, false);
		process->requested[from.bucket] = from_wanted;
		twq_count.thread_transfer_count++;
	}
	spin_unlock(&twq_lock);
	return result;
}

long twq_state_request(struct twq_priority priority, unsigned int wanted)
{
	unsigned int bucket = priority.bucket, target, total;
	struct process_record *process;
	long result = -ENXIO;

	spin_lock(&twq_lock);
	process = twq_find_process(current->signal);
	if (process) {
		process->requested[bucket] = wanted;
		target = target_of(process, priority);
		total = process->total[bucket];
		result = target > total ? target - total : 0;
		twq_count.reqthreads_count++;
		twq_count.bucket_req_total[bucket] += wanted;
		twq_count.bucket_admit_total[bucket] += result;
	}
	spin_unlock(&twq_lock);
	return result;
}

static bool is_too_wide(const struct process_record *process,
			struct twq_priority priority)
{
	unsigned int target = target_of(process, priority);
	unsigned int total = process->total[priority.bucket];

	if (IS_ENABLED(CONFIG_TWQ_BREAK_OFF_BY_ONE))
		return total >= target;
	return total > target;
}

long twq_state_narrow(struct twq_priority priority)
{
	struct process_record *process;
	long result = -ENXIO;

	spin_lock(&twq_lock);
	process = twq_find_process(current->signal);
	if (process) {
		result = is_too_wide(process, priority);
		twq_count.should_narrow_count++;
		twq_count.should_narrow_true_count += result;
	}
	spin_unlock(&twq_lock);
	return result;
}

long twq_state_dispatch(void)
{
	struct process_record *process;
	long result = -ENXIO;

	spin_lock(&twq_lock);
	process = twq_find_process(current->signal);
	if (process && process->dispatch_is_set) {
		result = -EBUSY;
	} else if (process) {
		process->dispatch_is_set = true;
		twq_count.setup_dispatch_count++;
		result = 0;
	}
	spin_unlock(&twq_lock);
	return result;
}
