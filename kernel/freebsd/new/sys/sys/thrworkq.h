/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What the TWQ user library and the kernel agree on: the operations of
 * twq_kernreturn(op, arg2, arg3, arg4), system call 468, and the structures
 * that they are passed. A structure goes by its address in arg2 and its size
 * in arg3; arg4 is 0.
 */

#ifndef _SYS_THRWORKQ_H_
#define	_SYS_THRWORKQ_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stdint.h>
#endif

#define	TWQ_OP_INIT		0x001	/* announce the process's work queue */
#define	TWQ_OP_THREAD_ENTER	0x002	/* a thread joins the pool */
#define	TWQ_OP_THREAD_RETURN	0x004	/* a thread has no more work */
#define	TWQ_OP_THREAD_TRANSFER	0x008	/* a thread changes its class */
#define	TWQ_OP_REQTHREADS	0x020	/* ask for threads */
#define	TWQ_OP_SHOULD_NARROW	0x200	/* is this class over its share? */
#define	TWQ_OP_SETUP_DISPATCH	0x400	/* hand over the dispatch layout */

#define	TWQ_SPI_VERSION		20170201	/* twq_init_args */
#define	TWQ_ARGS_VERSION	1		/* the others; or TWQ_SPI_VERSION */
#define	TWQ_DISPATCH_VERSION	2		/* twq_dispatch_config */

#define	TWQ_FEATURE_DISPATCHFUNC	0x01	/* threads start at dispatch_func */
#define	TWQ_FEATURE_MAINTENANCE		0x10	/* there is a maintenance class */
#define	TWQ_FEATURES			0x11	/* all of them */

/*
 * A priority is a class of quality of service, perhaps with OVERCOMMIT: its
 * threads may be twice as many as processors. A class is the number of one of
 * the six buckets below, or one bit, from 0x01 for bucket 0 to 0x20 for bucket
 * 5; no class at all is the default one. The low byte orders threads within a
 * class and is the library's own.
 */
#define	TWQ_PRIORITY_OVERCOMMIT		0x80000000
#define	TWQ_PRIORITY_CLASS		0x00ffff00
#define	TWQ_PRIORITY_CLASS_SHIFT	8
#define	TWQ_PRIORITY_RELATIVE		0x000000ff

#define	TWQ_CLASS_MAINTENANCE		0x05
#define	TWQ_CLASS_BACKGROUND		0x09
#define	TWQ_CLASS_UTILITY		0x11
#define	TWQ_CLASS_DEFAULT		0x15
#define	TWQ_CLASS_USER_INITIATED	0x19
#define	TWQ_CLASS_USER_INTERACTIVE	0x21

#define	TWQ_REQUEST_LIMIT	65535	/* threads that a class can ask for */

struct twq_init_args {
	uint32_t	version;
	uint32_t	flags;
	uint32_t	requested_features;
	uint32_t	reserved;
	uint64_t	dispatch_func;
	uint64_t	stack_size;
	uint64_t	guard_size;
};

struct twq_reqthreads_args {
	uint32_t	version;
	uint32_t	flags;
	uint32_t	reqcount;
	uint32_t	reserved;
	uint64_t	priority;
};

struct twq_should_narrow_args {
	uint32_t	version;
	uint32_t	flags;
	uint32_t	reserved0;
	uint32_t	reserved1;
	uint64_t	priority;
};

struct twq_dispatch_config {
	uint32_t	version;
	uint32_t	flags;
	uint64_t	queue_serialno_offs;
	uint64_t	queue_label_offs;
};

struct twq_thread_transfer_args {
	uint32_t	version;
	uint32_t	flags;
	uint32_t	from_reqcount;
	uint32_t	reserved;
	uint64_t	from_priority;
	uint64_t	to_priority;
};

#endif /* !_SYS_THRWORKQ_H_ */
