/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of processes and threads, from INIT and THREAD_ENTER to their ends.
 *
 * A process is known by its signal_struct and a thread by its task_struct. Both
 * outlive their records, because exit and exec drop these first: no reference is
 * held, and no address is ever followed. One lock covers everything, so that
 * each change is one step to all threads and the counters always agree.
 */
#ifndef TWQ_RECORDS_H
#define TWQ_RECORDS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "state.h"

struct signal_struct;
struct task_struct;

struct thread_record {
	struct list_head link;
	const struct task_struct *task;
	unsigned int bucket;
};

struct process_record {
	struct hlist_node link;
	const struct signal_struct *process;
	struct list_head threads;
	unsigned int pending[TWQ_BUCKETS];
	unsigned int running[TWQ_BUCKETS];
	bool dispatch_is_set;
};

/* Calls that succeeded, and records that were made and dropped. */
struct twq_counters {
	u64 init, enter, leave, request, narrow, dispatch;
	u64 proc_alloc, proc_free, thread_alloc, thread_free;
};

/* Held around every call below and every look at a record or a counter. */
extern spinlock_t twq_lock;
extern struct twq_counters twq_count;

struct process_record *twq_find_process(const struct signal_struct *process);
struct thread_record *twq_find_thread(struct process_record *process,
				      const struct task_struct *task);
void twq_add_process(struct process_record *process);
void twq_add_thread(struct process_record *process,
		    struct thread_record *thread);
void twq_drop_thread(struct process_record *process,
		     struct thread_record *thread);
void twq_drop_threads(struct process_record *process);
void twq_drop_process(struct process_record *process);

#endif
