/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The beginnings and ends of what kern_thrworkq.h describes, and the reasons
 * there why nobody sees a record that is gone.
 */

#include "opt_thrworkq.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/eventhandler.h>
#include <sys/kernel.h>
#include <sys/proc.h>

#include <kern/kern_thrworkq.h>
#include <kern/kern_thrworkq_hooks.h>

MALLOC_DEFINE(M_TWQ, "twq", "work queues of processes and threads");

/* NULL before INIT. */
struct twq_proc *
twq_proc_of(struct thread *td)
{
	return ((struct twq_proc *)atomic_load_acq_ptr(
	    (uintptr_t *)&td->td_proc->p_twq));
}

struct twq_proc *
twq_proc_make(void)
{
	struct twq_proc *tp;

	tp = malloc(sizeof(*tp), M_TWQ, M_WAITOK | M_ZERO);
	mtx_init(&tp->tp_lock, "twq process", NULL, MTX_DEF);
	LIST_INIT(&tp->tp_threads);
	return (tp);
}

static void
twq_proc_free(struct twq_proc *tp)
{
	mtx_destroy(&tp->tp_lock);
	free(tp, M_TWQ);
}

/* False when another thread was first; what was made is freed then. */
bool
twq_proc_attach(struct twq_proc *tp, struct proc *p)
{
	if (atomic_cmpset_rel_ptr((uintptr_t *)&p->p_twq, (uintptr_t)NULL,
	    (uintptr_t)tp) == 0) {
		twq_proc_free(tp);
		return (false);
	}
	TWQ_STAT_ADD(proc_alloc_count, 1);
	return (true);
}

/*
 * The record of the calling thread: the one that it has, or a new one, which it
 * has once it is placed.
 */
struct twq_thread *
twq_thread_of(struct thread *td, struct twq_proc *tp)
{
	struct twq_thread *tt;

	tt = td->td_twq;
	if (tt == NULL) {
		tt = malloc(sizeof(*tt), M_TWQ, M_WAITOK | M_ZERO);
		tt->tt_owner = td;
		tt->tt_proc = tp;
	}
	KASSERT(tt->tt_owner == td && tt->tt_proc == tp,
	    ("twq: thread %p has a record of another", td));
	return (tt);
}

static void
twq_thread_count(struct twq_thread *tt)
{
	struct twq_bucket *tb = &tt->tt_proc->tp_buckets[tt->tt_bucket];

	tb->tb_total++;
	TWQ_STAT_ADD(bucket_total_current[tt->tt_bucket], 1);
	if (tt->tt_idle) {
		tb->tb_idle++;
		TWQ_STAT_ADD(bucket_idle_current[tt->tt_bucket], 1);
	} else
		TWQ_STAT_ADD(bucket_active_current[tt->tt_bucket], 1);
}

static void
twq_thread_uncount(struct twq_thread *tt)
{
	struct twq_bucket *tb = &tt->tt_proc->tp_buckets[tt->tt_bucket];

	tb->tb_total--;
	TWQ_STAT_SUB(bucket_total_current[tt->tt_bucket], 1);
	if (tt->tt_idle) {
		tb->tb_idle--;
		TWQ_STAT_SUB(bucket_idle_current[tt->tt_bucket], 1);
	} else
		TWQ_STAT_SUB(bucket_active_current[tt->tt_bucket], 1);
}

void
twq_thread_place(struct twq_thread *tt, u_int bucket, bool idle)
{
	struct thread *td = tt->tt_owner;

	MPASS(td == curthread);
	mtx_assert(&tt->tt_proc->tp_lock, MA_OWNED);
	if (td->td_twq == NULL) {
		LIST_INSERT_HEAD(&tt->tt_proc->tp_threads, tt, tt_link);
		TWQ_STAT_ADD(thread_state_alloc_count, 1);
	} else
		twq_thread_uncount(tt);
	tt->tt_bucket = bucket;
	tt->tt_idle = idle;
	twq_thread_count(tt);
	td->td_twq = tt;
}

static void
twq_thread_drop(struct thread *td)
{
	struct twq_thread *tt = td->td_twq;
	struct twq_proc *tp = tt->tt_proc;

	KASSERT(tt->tt_owner == td && tp == td->td_proc->p_twq,
	    ("twq: thread %p drops a record of another", td));
	mtx_lock(&tp->tp_lock);
	twq_thread_uncount(tt);
	LIST_REMOVE(tt, tt_link);
	td->td_twq = NULL;
	mtx_unlock(&tp->tp_lock);
	free(tt, M_TWQ);
	TWQ_STAT_ADD(thread_state_free_count, 1);
}

void
twq_thread_ends(struct thread *td)
{
#ifdef THRWORKQ_BREAK_TEARDOWN
	td->td_twq = NULL;
#else
	twq_thread_drop(td);
#endif
}

void
twq_proc_ends(struct thread *td)
{
	struct proc *p = td->td_proc;
	struct twq_proc *tp = p->p_twq;

	KASSERT(td == curthread && p->p_numthreads == 1,
	    ("twq: process %p ends with %d threads", p, p->p_numthreads));
	if (td->td_twq != NULL)
		twq_thread_drop(td);
#ifndef THRWORKQ_BREAK_TEARDOWN
	KASSERT(LIST_EMPTY(&tp->tp_threads),
	    ("twq: process %p leaves records behind", p));
#endif
	p->p_twq = NULL;
	twq_proc_free(tp);
	TWQ_STAT_ADD(proc_free_count, 1);
}

static void
twq_process_exit(void *arg __unused, struct proc *p)
{
	twq_thread_exit(curthread);
	if (p->p_twq != NULL)
		twq_proc_ends(curthread);
}

static void
twq_process_init(void *arg __unused, struct proc *p)
{
	p->p_twq = NULL;
}

static void
twq_thread_init(void *arg __unused, struct thread *td)
{
	td->td_twq = NULL;
}

/*
 * After the lists of handlers were made, and before the first process and
 * thread that are not static.
 */
static void
twq_start(void *arg __unused)
{
	EVENTHANDLER_REGISTER(process_init, twq_process_init, NULL,
	    EVENTHANDLER_PRI_ANY);
	EVENTHANDLER_REGISTER(thread_init, twq_thread_init, NULL,
	    EVENTHANDLER_PRI_ANY);
	EVENTHANDLER_REGISTER(process_exit, twq_process_exit, NULL,
	    EVENTHANDLER_PRI_ANY);
}
SYSINIT(twq_start, SI_SUB_EVENTHANDLER + 1, SI_ORDER_ANY, twq_start, NULL);
