// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an operation with right arguments does to the records of the caller.
 */
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "records.h"
#include "twq_abi.h"

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
	twq_count.init++;
	spin_unlock(&twq_lock);
	return 0;
}

static long enter_locked(struct thread_record *record, bool overcommit)
{
	struct process_record *process = twq_find_process(current->signal);
	unsigned int bucket = record->bucket;

	if (!process)
		return -ENXIO;
	if (twq_find_thread(process, current))
		return -EBUSY;
	if (!process->pending[bucket] && !overcommit)
		return -EAGAIN;
	if (process->pending[bucket])
		process->pending[bucket]--;
	twq_add_thread(process, record);
	twq_count.enter++;
	return process->running[bucket];
}

long twq_state_enter(unsigned int bucket, bool overcommit)
{
	struct thread_record *record = kzalloc(sizeof(*record), GFP_KERNEL);
	long result;

	if (!record)
		return -ENOMEM;
	record->task = current;
	record->bucket = bucket;
	spin_lock(&twq_lock);
	result = enter_locked(record, overcommit);
	spin_unlock(&twq_lock);
	if (result < 0)
		kfree(record);
	return result;
}

long twq_state_return(void)
{
	struct process_record *process;
	struct thread_record *thread;
	long result = -ENXIO;
	unsigned int bucket;

	spin_lock(&twq_lock);
	process = twq_find_process(current->signal);
	if (process) {
		result = -ESRCH;
		thread = twq_find_thread(process, current);
		if (thread) {
			bucket = thread->bucket;
			twq_drop_thread(process, thread);
			twq_count.leave++;
			result = process->running[bucket];
		}
	}
	spin_unlock(&twq_lock);
	return result;
}

long twq_state_request(unsigned int bucket, unsigned int wanted)
{
	struct process_record *process;
	long result = -ENXIO;

	spin_lock(&twq_lock);
	process = twq_find_process(current->signal);
	if (process && process->pending[bucket] + wanted > TWQ_PENDING_LIMIT) {
		result = -EAGAIN;
	} else if (process) {
		process->pending[bucket] += wanted;
		twq_count.request++;
		result = process->pending[bucket];
	}
	spin_unlock(&twq_lock);
	return result;
}

/*
 * A thread should narrow when more threads run at its level and above than there
 * are processors, or when every processor is taken while someone above it waits.
 */
static bool is_too_wide(const struct process_record *process,
			unsigned int bucket)
{
	unsigned int width = num_online_cpus();
	unsigned int running = 0, above = 0, waiting = 0, i;

	for (i = 0; i < TWQ_BUCKETS; i++) {
		running += process->running[i];
		above += i >= bucket ? process->running[i] : 0;
		waiting += i > bucket ? process->pending[i] : 0;
	}
	if (IS_ENABLED(CONFIG_TWQ_BREAK_OFF_BY_ONE))
		above++;
	return above > width || (waiting && running >= width);
}

long twq_state_narrow(unsigned int bucket, bool overcommit)
{
	struct process_record *process;
	long result = -ENXIO;

	spin_lock(&twq_lock);
	process = twq_find_process(current->signal);
	if (process && !twq_find_thread(process, current)) {
		result = -ESRCH;
	} else if (process) {
		twq_count.narrow++;
		result = !overcommit && is_too_wide(process, bucket);
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
		twq_count.dispatch++;
		result = 0;
	}
	spin_unlock(&twq_lock);
	return result;
}
