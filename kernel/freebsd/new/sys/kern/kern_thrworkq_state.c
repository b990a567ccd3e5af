/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What an operation of twq_kernreturn(2) with right arguments does to the state
 * of the caller. Each is one step to the other threads of the process, and one
 * that fails changes nothing.
 */

#include "opt_thrworkq.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>
#include <sys/smp.h>
#include <sys/time.h>

#include <kern/kern_thrworkq.h>

int
twq_init(struct thread *td, const struct twq_init_args *args)
{
	struct twq_proc *tp;
	uint32_t granted;

	if (twq_proc_of(td) != NULL)
		return (EBUSY);
	granted = args->requested_features == 0 ? TWQ_FEATURES :
	    args->requested_features & TWQ_FEATURES;
	tp = twq_proc_make();
	tp->tp_features = granted;
	tp->tp_dispatch_func = args->dispatch_func;
	tp->tp_stack_size = args->stack_size;
	tp->tp_guard_size = args->guard_size;
	if (!twq_proc_attach(tp, td->td_proc))
		return (EBUSY);
	TWQ_STAT_ADD(init_count, 1);
	td->td_retval[0] = granted;
	return (0);
}

int
twq_setup_dispatch(struct thread *td, const struct twq_dispatch_config *config)
{
	struct twq_proc *tp;
	bool was_set;

	tp = twq_proc_of(td);
	if (tp == NULL)
		return (ENXIO);
	mtx_lock(&tp->tp_lock);
	was_set = tp->tp_dispatch_set;
	if (!was_set) {
		tp->tp_dispatch_set = true;
		tp->tp_serialno_offs = config->queue_serialno_offs;
		tp->tp_label_offs = config->queue_label_offs;
		TWQ_STAT_ADD(setup_dispatch_count, 1);
	}
	mtx_unlock(&tp->tp_lock);
	return (was_set ? EBUSY : 0);
}

int
twq_thread_enter(struct thread *td, u_int bucket)
{
	struct twq_proc *tp;
	struct twq_thread *tt;

	tp = twq_proc_of(td);
	if (tp == NULL)
		return (ENXIO);
	if (td->td_twq != NULL && !td->td_twq->tt_idle)
		return (EBUSY);
	tt = twq_thread_of(td, tp);
	mtx_lock(&tp->tp_lock);
	twq_thread_place(tt, bucket, false);
	TWQ_STAT_ADD(thread_enter_count, 1);
	TWQ_STAT_ADD(bucket_thread_enter_total[bucket], 1);
	mtx_unlock(&tp->tp_lock);
	return (0);
}

int
twq_thread_return(struct thread *td, u_int bucket)
{
	struct twq_proc *tp;
	struct twq_thread *tt;

	tp = twq_proc_of(td);
	if (tp == NULL)
		return (ENXIO);
	tt = twq_thread_of(td, tp);
	mtx_lock(&tp->tp_lock);
	twq_thread_place(tt, bucket, true);
	TWQ_STAT_ADD(thread_return_count, 1);
	TWQ_STAT_ADD(bucket_thread_return_total[bucket], 1);
	mtx_unlock(&tp->tp_lock);
	return (0);
}

/* To the bucket that the thread is in, or to the default one. */
int
twq_thread_return_same(struct thread *td)
{
	return (twq_thread_return(td, td->td_twq == NULL ?
	    TWQ_BUCKET_DEFAULT : td->td_twq->tt_bucket));
}

/*
 * A thread that has been blocked for longer than the window has left its
 * processor to others. Without the hook no thread is known to be blocked.
 */
static bool
twq_is_busy(struct twq_thread *tt, sbintime_t now)
{
	uint64_t blocked_at;

	if (tt->tt_idle)
		return (false);
	blocked_at = atomic_load_64(&tt->tt_blocked_at);
	return (blocked_at == 0 ||
	    now - (sbintime_t)blocked_at <= ustosbt(twq_busy_window_usecs));
}

/*
 * How many of the requested threads a bucket may have: as many as there are
 * processors, twice that with overcommit, less those that are busy above it.
 */
static u_int
twq_target(struct twq_proc *tp, struct twq_class class)
{
	struct twq_thread *tt;
	sbintime_t now;
	u_int limit, busy;

	mtx_assert(&tp->tp_lock, MA_OWNED);
	now = sbinuptime();
	busy = 0;
	LIST_FOREACH(tt, &tp->tp_threads, tt_link) {
		if (tt->tt_bucket > class.tc_bucket && twq_is_busy(tt, now))
			busy++;
	}
	limit = class.tc_overcommit ? 2 * mp_ncpus : mp_ncpus;
	return (MIN(tp->tp_buckets[class.tc_bucket].tb_requested,
	    limit > busy ? limit - busy : 0));
}

int
twq_thread_transfer(struct thread *td, struct twq_class from, u_int bucket,
    u_int reqcount)
{
	struct twq_bucket *tb;
	struct twq_proc *tp;
	struct twq_thread *tt;

	tp = twq_proc_of(td);
	if (tp == NULL)
		return (ENXIO);
	tt = td->td_twq;
	if (tt == NULL || tt->tt_idle || tt->tt_bucket != from.tc_bucket)
		return (ESRCH);
	tb = &tp->tp_buckets[from.tc_bucket];
	mtx_lock(&tp->tp_lock);
	twq_thread_place(tt, bucket, false);
	tb->tb_requested = MIN(reqcount, TWQ_REQUEST_LIMIT);
	tb->tb_scheduled = twq_target(tp, from);
	TWQ_STAT_ADD(thread_transfer_count, 1);
	mtx_unlock(&tp->tp_lock);
	return (0);
}

int
twq_reqthreads(struct thread *td, struct twq_class class, u_int reqcount)
{
	struct twq_bucket *tb;
	struct twq_proc *tp;
	u_int admitted;

	tp = twq_proc_of(td);
	if (tp == NULL)
		return (ENXIO);
	tb = &tp->tp_buckets[class.tc_bucket];
	reqcount = MIN(reqcount, TWQ_REQUEST_LIMIT);
	mtx_lock(&tp->tp_lock);
	tb->tb_requested = reqcount;
	tb->tb_scheduled = twq_target(tp, class);
	admitted = tb->tb_scheduled > tb->tb_total ?
	    tb->tb_scheduled - tb->tb_total : 0;
	TWQ_STAT_ADD(reqthreads_count, 1);
	TWQ_STAT_ADD(bucket_req_total[class.tc_bucket], reqcount);
	TWQ_STAT_ADD(bucket_admit_total[class.tc_bucket], admitted);
	mtx_unlock(&tp->tp_lock);
	td->td_retval[0] = admitted;
	return (0);
}

int
twq_should_narrow(struct thread *td, struct twq_class class)
{
	struct twq_bucket *tb;
	struct twq_proc *tp;
	bool narrow;

	tp = twq_proc_of(td);
	if (tp == NULL)
		return (ENXIO);
	tb = &tp->tp_buckets[class.tc_bucket];
	mtx_lock(&tp->tp_lock);
	tb->tb_scheduled = twq_target(tp, class);
#ifdef THRWORKQ_BREAK_OFF_BY_ONE
	narrow = tb->tb_total >= tb->tb_scheduled;
#else
	narrow = tb->tb_total > tb->tb_scheduled;
#endif
	TWQ_STAT_ADD(should_narrow_count, 1);
	if (narrow)
		TWQ_STAT_ADD(should_narrow_true_count, 1);
	mtx_unlock(&tp->tp_lock);
	td->td_retval[0] = narrow;
	return (0);
}
