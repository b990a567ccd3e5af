// SPDX-License-Identifier: GPL-2.0-only
/*
 * twq_kernreturn: the one entry of the thread workqueue interface.
 *
 * Only the low 32 bits of op, arg3 and arg4 count, as for every C int that a
 * system call takes. arg2 is a user address or a plain value, as op says.
 */
#include <linux/errno.h>
#include <linux/syscalls.h>

#include "state.h"
#include "twq_abi.h"

SYSCALL_DEFINE4(twq_kernreturn, int, op, unsigned long, arg2, int, arg3,
		int, arg4)
{
	switch (op) {
	case TWQ_OP_INIT:
		return twq_init(arg2, arg3, arg4);
	case TWQ_OP_THREAD_ENTER:
		return twq_thread_enter(arg2, arg3, arg4);
	case TWQ_OP_THREAD_RETURN:
		return twq_thread_return(arg2, arg3, arg4);
	case TWQ_OP_THREAD_TRANSFER:
		return twq_thread_transfer(arg2, arg3, arg4);
	case TWQ_OP_REQTHREADS:
		return twq_reqthreads(arg2, arg3, arg4);
	case TWQ_OP_SHOULD_NARROW:
		return twq_should_narrow(arg2, arg3, arg4);
	case TWQ_OP_SETUP_DISPATCH:
		return twq_setup_dispatch(arg2, arg3, arg4);
	default:
		return -EINVAL;
	}
}
