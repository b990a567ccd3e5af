/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The scaffold of twq_kernreturn(2): the system call is there and tells known
 * operations from unknown ones, and does nothing else yet. A probe can so
 * prove which kernel answered it:
 *
 *	a kernel without this file		SIGSYS or ENOSYS
 *	this file, without options THRWORKQ	ENOSYS
 *	options THRWORKQ, a known operation	ENOTSUP
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
		return (ENOTSUP);
	default:
		return (EINVAL);
	}
#else
	return (ENOSYS);
#endif
}
