/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The state behind twq_kernreturn(2): a struct twq_proc for each process that
 * called INIT, a struct twq_thread for each of its threads that called ENTER
 * or RETURN. Both are private to kern_thrworkq*.c.
 *
 * Lifetime. Nobody but the process itself ever looks at either, which makes
 * references unnecessary:
 *
 *  - p_twq is set once, by INIT, with a compare-and-set: of two threads that
 *    call it at once one wins, the other frees what it made. It is cleared when
 *    the process has only one thread left, at exit and at the end of a
 *    successful exec. So a thread that found it keeps it to the end of its call.
 *  - td_twq is set and cleared by the thread itself alone: when it first enters
 *    or returns, when it exits, and, as the last one, when the process exits or
 *    executes. A thread that is killed, or that another's exec or exit ends,
 *    exits by itself too, on its way to user mode.
 *
 * fork, vfork, rfork and thr_new give the child neither: the pointers lie
 * behind the parts of the structures that are copied.
 *
 * Locks. One mutex a process, tp_lock. It is the last in every order: it is
 * taken with no other lock held, and nothing is taken, allocated, freed, copied
 * or slept for under it. The hook of mi_switch() takes no lock at all.
 *
 *	(c) does not change after INIT
 *	(l) tp_lock
 *	(o) written by the owner alone, under tp_lock; so the owner reads it
 *	    without
 *	(a) atomic: written by the owner as it is switched out and in
 */

#ifndef _KERN_THRWORKQ_H_
#define	_KERN_THRWORKQ_H_

#include <sys/param.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/thrworkq.h>

#define	TWQ_BUCKETS		6
#define	TWQ_BUCKET_DEFAULT	3

struct twq_bucket {
	u_int		tb_requested;	/* (l) Threads last asked for. */
	u_int		tb_scheduled;	/* (l) Threads last admitted. */
	u_int		tb_total;	/* (l) Records. */
	u_int		tb_idle;	/* (l) Records that are idle. */
};

struct twq_thread {
	LIST_ENTRY(twq_thread) tt_link;	/* (l) */
	struct thread	*tt_owner;	/* (c) */
	struct twq_proc	*tt_proc;	/* (c) */
	u_int		tt_bucket;	/* (o) */
	bool		tt_idle;	/* (o) */
	volatile uint64_t tt_blocked_at; /* (a) sbinuptime(), 0 if it runs. */
};

struct twq_proc {
	struct mtx	tp_lock;
	uint32_t	tp_features;	/* (c) As granted. */
	uint64_t	tp_dispatch_func; /* (c) */
	uint64_t	tp_stack_size;	/* (c) */
	uint64_t	tp_guard_size;	/* (c) */
	bool		tp_dispatch_set; /* (l) */
	uint64_t	tp_serialno_offs; /* (l) */
	uint64_t	tp_label_offs;	/* (l) */
	struct twq_bucket tp_buckets[TWQ_BUCKETS]; /* (l) */
	LIST_HEAD(, twq_thread) tp_threads; /* (l) */
};

/* A priority as it was read: where it leads, and whether it overcommits. */
struct twq_class {
	u_int		tc_bucket;
	bool		tc_overcommit;
};

/* Of successful calls, over all processes since boot; kern.twq.* shows them. */
struct twq_stats {
	u_long	init_count;
	u_long	setup_dispatch_count;
	u_long	thread_enter_count;
	u_long	thread_return_count;
	u_long	thread_transfer_count;
	u_long	reqthreads_count;
	u_long	should_narrow_count;
	u_long	should_narrow_true_count;
	u_long	proc_alloc_count;
	u_long	proc_free_count;
	u_long	thread_state_alloc_count;
	u_long	thread_state_free_count;
	u_long	switch_block_count;
	u_long	switch_unblock_count;
	u_long	bucket_thread_enter_total[TWQ_BUCKETS];
	u_long	bucket_thread_return_total[TWQ_BUCKETS];
	u_long	bucket_req_total[TWQ_BUCKETS];
	u_long	bucket_admit_total[TWQ_BUCKETS];
	u_long	bucket_switch_block_total[TWQ_BUCKETS];
	u_long	bucket_switch_unblock_total[TWQ_BUCKETS];
	u_long	bucket_total_current[TWQ_BUCKETS];
	u_long	bucket_idle_current[TWQ_BUCKETS];
	u_long	bucket_active_current[TWQ_BUCKETS];
};

extern struct twq_stats twq_stats;
extern int twq_busy_window_usecs;

#define	TWQ_STAT_ADD(member, n)	atomic_add_long(&twq_stats.member, (n))
#define	TWQ_STAT_SUB(member, n)	atomic_subtract_long(&twq_stats.member, (n))

MALLOC_DECLARE(M_TWQ);

/* kern_thrworkq_ops.c: a known operation with the arguments of the call. */
int	twq_operate(struct thread *td, int op, void *arg2, int arg3, int arg4);

/* kern_thrworkq_state.c: operations with arguments that were found right. */
int	twq_init(struct thread *td, const struct twq_init_args *args);
int	twq_setup_dispatch(struct thread *td,
	    const struct twq_dispatch_config *config);
int	twq_thread_enter(struct thread *td, u_int bucket);
int	twq_thread_return(struct thread *td, u_int bucket);
int	twq_thread_return_same(struct thread *td);
int	twq_thread_transfer(struct thread *td, struct twq_class from,
	    u_int bucket, u_int reqcount);
int	twq_reqthreads(struct thread *td, struct twq_class class,
	    u_int reqcount);
int	twq_should_narrow(struct thread *td, struct twq_class class);

/* kern_thrworkq_life.c: what there is, from its making to its end. */
struct twq_proc *twq_proc_of(struct thread *td);
struct twq_proc *twq_proc_make(void);
bool	twq_proc_attach(struct twq_proc *tp, struct proc *p);
struct twq_thread *twq_thread_of(struct thread *td, struct twq_proc *tp);
void	twq_thread_place(struct twq_thread *tt, u_int bucket, bool idle);

#endif /* !_KERN_THRWORKQ_H_ */
