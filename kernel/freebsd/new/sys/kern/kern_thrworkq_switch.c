/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What mi_switch() tells of threads that are busy in a work queue: when one
 * blocks, and when it runs again. The thread itself is the caller, with
 * interrupts off and its scheduler lock held as it goes out: so there are
 * atomic operations here and no locks, on its own record and on counters.
 */

#include "opt_thrworkq.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>
#include <sys/time.h>

#include <kern/kern_thrworkq.h>
#include <kern/kern_thrworkq_hooks.h>

static bool
twq_is_block(int flags)
{
	switch (flags & SW_TYPE_MASK) {
	case SWT_SLEEPQ:
	case SWT_TURNSTILE:
	case SWT_IWAIT:
	case SWT_SUSPEND:
		return (true);
	default:
		return (false);
	}
}

void
twq_switch_blocks(struct thread *td, int flags)
{
	struct twq_thread *tt = td->td_twq;

	if (tt->tt_idle || !twq_is_block(flags))
		return;
	atomic_store_64(&tt->tt_blocked_at, sbinuptime());
	TWQ_STAT_ADD(switch_block_count, 1);
	TWQ_STAT_ADD(bucket_switch_block_total[tt->tt_bucket], 1);
	TWQ_STAT_SUB(bucket_active_current[tt->tt_bucket], 1);
}

/* Bucket and idleness are what they were: only the thread itself changes them. */
void
twq_switch_unblocks(struct thread *td)
{
	struct twq_thread *tt = td->td_twq;

	if (tt->tt_blocked_at == 0)
		return;
	atomic_store_64(&tt->tt_blocked_at, 0);
	TWQ_STAT_ADD(switch_unblock_count, 1);
	TWQ_STAT_ADD(bucket_switch_unblock_total[tt->tt_bucket], 1);
	TWQ_STAT_ADD(bucket_active_current[tt->tt_bucket], 1);
}
