/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the kernel's own exec, thread exit and context switch tell of what
 * they do. Without the options these are nothing, and for a thread or process
 * without a work queue they are one comparison.
 */

#ifndef _KERN_THRWORKQ_HOOKS_H_
#define	_KERN_THRWORKQ_HOOKS_H_

#include "opt_thrworkq.h"

#include <sys/param.h>
#include <sys/proc.h>

void	twq_thread_ends(struct thread *td);
void	twq_proc_ends(struct thread *td);
void	twq_switch_blocks(struct thread *td, int flags);
void	twq_switch_unblocks(struct thread *td);

/* The calling thread will make no more system calls. May sleep on a mutex. */
static inline void
twq_thread_exit(struct thread *td __unused)
{
#ifdef THRWORKQ_STATE
	if (td->td_twq != NULL)
		twq_thread_ends(td);
#endif
}

/*
 * An exec of the calling thread has succeeded, every other thread of the
 * process is gone, and the new image has not run yet.
 */
static inline void
twq_exec(struct thread *td __unused)
{
#ifdef THRWORKQ_STATE
	if (td->td_proc->p_twq != NULL)
		twq_proc_ends(td);
#endif
}

/* The calling thread is being switched out, for the reason in flags. */
static inline void
twq_switch_out(struct thread *td __unused, int flags __unused)
{
#ifdef THRWORKQ_SWITCH
	if (__predict_false(td->td_twq != NULL))
		twq_switch_blocks(td, flags);
#endif
}

/* The calling thread has been switched in again. */
static inline void
twq_switch_in(struct thread *td __unused)
{
#ifdef THRWORKQ_SWITCH
	if (__predict_false(td->td_twq != NULL))
		twq_switch_unblocks(td);
#endif
}

#endif /* !_KERN_THRWORKQ_HOOKS_H_ */
