/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The system call twq_kernreturn(2). How much of it there is depends on the
 * kernel's options, so that a probe can prove which kernel answered it:
 *
 *	a kernel without this file		SIGSYS or ENOSYS
 *	this file, without options THRWORKQ	ENOSYS
 *	options THRWORKQ, a known operation	ENOTSUP
 *	    and THRWORKQ_STATE			what the operation answers
 *	options THRWORKQ, any other		EINVAL
 *
 * The file is compiled into every kernel, since the system call table refers
 * to its function whatever the options are.
 */

#include "opt_thrworkq.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/proc.h>
#include <sys/sysproto.h>
#include <sys/thrworkq.h>
#ifdef THRWORKQ_STATE
#include <kern/kern_thrworkq.h>
#endif

#if defined(THRWORKQ_STATE) && !defined(THRWORKQ)
#error "options THRWORKQ_STATE needs options THRWORKQ"
#endif
#if !defined(THRWORKQ_STATE) && (defined(THRWORKQ_SWITCH) || \
    defined(THRWORKQ_BREAK_OFF_BY_ONE) || defined(THRWORKQ_BREAK_TEARDOWN))
#error "options THRWORKQ_SWITCH and THRWORKQ_BREAK_* need options THRWORKQ_STATE"
#endif

int
sys_twq_kernreturn(struct thread *td __unused,
    struct twq_kernreturn_args *uap __unused)
{
#ifdef THRWORKQ
	switch (uap->op) {
	case TWQ_OP_INIT:
	case TWQ_OP_THREAD_ENTER:
	case TWQ_OP_THREAD_RETURN:
	case TWQ_OP_THREAD_TRANSFER:
	case TWQ_OP_REQTHREADS:
	case TWQ_OP_SHOULD_NARROW:
	case TWQ_OP_SETUP_DISPATCH:
#ifdef THRWORKQ_STATE
		return (twq_operate(td, uap->op, uap->arg2, uap->arg3,
		    uap->arg4));
#else
		return (ENOTSUP);
#endif
	default:
		return (EINVAL);
	}
#else
	return (ENOSYS);
#endif
}
