/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * kern.twq.*: what successful calls of all processes did since boot, and how
 * many records there are now. The values of six buckets are one string, comma
 * separated, the lowest bucket first.
 */

#include "opt_thrworkq.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/smp.h>
#include <sys/sysctl.h>

#include <kern/kern_thrworkq.h>

struct twq_stats twq_stats;
int twq_busy_window_usecs = 200;

static SYSCTL_NODE(_kern, OID_AUTO, twq, CTLFLAG_RD | CTLFLAG_MPSAFE, NULL,
    "Work queues of threads");

static int
sysctl_twq_buckets(SYSCTL_HANDLER_ARGS)
{
	u_long *values = arg1;
	char text[TWQ_BUCKETS * sizeof("18446744073709551615")];
	size_t used;
	u_int i;

	used = 0;
	for (i = 0; i < TWQ_BUCKETS; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%lu",
		    i == 0 ? "" : ",", atomic_load_long(&values[i]));
	return (sysctl_handle_string(oidp, text, sizeof(text), req));
}

#define	TWQ_COUNTER(name, description)					\
	SYSCTL_ULONG(_kern_twq, OID_AUTO, name, CTLFLAG_RD,		\
	    &twq_stats.name, 0, description)
#define	TWQ_COUNTERS(name, description)					\
	SYSCTL_PROC(_kern_twq, OID_AUTO, name,				\
	    CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE,		\
	    twq_stats.name, 0, sysctl_twq_buckets, "A", description)

SYSCTL_INT(_kern_twq, OID_AUTO, width, CTLFLAG_RD, &mp_ncpus, 0,
    "Processors, which limit how many threads a bucket is given");
SYSCTL_INT(_kern_twq, OID_AUTO, busy_window_usecs, CTLFLAG_RWTUN,
    &twq_busy_window_usecs, 0,
    "Microseconds for which a blocked thread still counts as busy");

TWQ_COUNTER(init_count, "INIT");
TWQ_COUNTER(setup_dispatch_count, "SETUP_DISPATCH");
TWQ_COUNTER(thread_enter_count, "THREAD_ENTER");
TWQ_COUNTER(thread_return_count, "THREAD_RETURN");
TWQ_COUNTER(thread_transfer_count, "THREAD_TRANSFER");
TWQ_COUNTER(reqthreads_count, "REQTHREADS");
TWQ_COUNTER(should_narrow_count, "SHOULD_NARROW");
TWQ_COUNTER(should_narrow_true_count, "SHOULD_NARROW that said yes");
TWQ_COUNTER(proc_alloc_count, "Process states made");
TWQ_COUNTER(proc_free_count, "Process states freed");
TWQ_COUNTER(thread_state_alloc_count, "Thread records made");
TWQ_COUNTER(thread_state_free_count, "Thread records freed");

TWQ_COUNTERS(bucket_thread_enter_total, "THREAD_ENTER by bucket");
TWQ_COUNTERS(bucket_thread_return_total, "THREAD_RETURN by bucket");
TWQ_COUNTERS(bucket_req_total, "Threads that REQTHREADS asked for");
TWQ_COUNTERS(bucket_admit_total, "Threads that REQTHREADS was given");
TWQ_COUNTERS(bucket_total_current, "Thread records");
TWQ_COUNTERS(bucket_idle_current, "Thread records that are idle");
TWQ_COUNTERS(bucket_active_current, "Busy threads that are not blocked");

#ifdef THRWORKQ_SWITCH
TWQ_COUNTER(switch_block_count, "Busy threads that blocked");
TWQ_COUNTER(switch_unblock_count, "Blocked threads that ran again");
TWQ_COUNTERS(bucket_switch_block_total, "Busy threads that blocked");
TWQ_COUNTERS(bucket_switch_unblock_total, "Blocked threads that ran again");
#endif
