/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of processes and threads, from a process's INIT and a thread's first
 * THREAD_ENTER or THREAD_RETURN to their ends.
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
	bool is_idle;
};

struct process_record {
	struct hlist_node link;
	const struct signal_struct *process;
	struct list_head threads;
	unsigned int requested[TWQ_BUCKETS];
	unsigned int total[TWQ_BUCKETS];
	/* Of the total. */
	unsigned int idle[TWQ_BUCKETS];
	bool dispatch_is_set;
};

/*
 * Calls that succeeded, and records that were made and dropped, since boot and
 * over all processes. README.md says what each counts.
 */
#define TWQ_COUNTERS(X)             \
	X(init_count)               \
	X(setup_dispatch_count)     \
	X(thread_enter_count)       \
	X(thread_return_count)      \
	X(thread_transfer_count)    \
	X(reqthreads_count)         \
	X(should_narrow_count)      \
	X(should_narrow_true_count) \
	X(proc_alloc_count)         \
	X(proc_free_count)          \
	X(thread_state_alloc_count) \
	X(thread_state_free_count)

/* By bucket; "current" goes down, too. */
#define TWQ_BUCKET_COUNTERS(X)        \
	X(bucket_thread_enter_total)  \
	X(bucket_req_total)           \
	X(bucket_admit_total)         \
	X(bucket_thread_return_total) \
	X(bucket_total_current)       \
	X(bucket_idle_current)

struct twq_counters {
#define DECLARE(name) u64 name;
	TWQ_COUNTERS(DECLARE)
#undef DECLARE
#define DECLARE(name) u64 name[TWQ_BUCKETS];
	TWQ_BUCKET_COUNTERS(DECLARE)
#undef DECLARE
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
void twq_move_thread(struct process_record *process,
		     struct thread_record *thread, unsigned int bucket,
		     bool is_idle);
void twq_drop_thread(struct process_record *process,
		     struct thread_record *thread);
void twq_drop_threads(struct process_record *process);
void twq_drop_process(struct process_record *process);

#endif
