/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What kernel and user agree on: the numbers and structures of
 * twq_kernreturn(op, arg2, arg3, arg4).
 */
#ifndef TWQ_ABI_H
#define TWQ_ABI_H

#include <linux/types.h>

#define TWQ_SYSCALL		468

#define TWQ_OP_INIT		0x001
#define TWQ_OP_THREAD_ENTER	0x002
#define TWQ_OP_THREAD_RETURN	0x004
#define TWQ_OP_THREAD_TRANSFER	0x008
#define TWQ_OP_REQTHREADS	0x020
#define TWQ_OP_SHOULD_NARROW	0x200
#define TWQ_OP_SETUP_DISPATCH	0x400

#define TWQ_SPI_VERSION		20170201
#define TWQ_DISPATCH_VERSION	2

/* requested_features: new threads start at dispatch_func. */
#define TWQ_FEATURE_DISPATCHFUNC	0x01
#define TWQ_FEATURES			TWQ_FEATURE_DISPATCHFUNC

/*
 * A priority has exactly one of the six bits of its quality of service, one a
 * bucket, from maintenance (0x0100, bucket 0) to user interactive (0x2000,
 * bucket 5).
 */
#define TWQ_PRIORITY_QOS		0x00003f00
#define TWQ_PRIORITY_QOS_SHIFT		8
#define TWQ_PRIORITY_OVERCOMMIT		0x80000000

/* Requests that one bucket can hold, and that one call can make. */
#define TWQ_PENDING_LIMIT	64

struct twq_init_args {
	__u32 version;
	__u32 flags;
	__u32 requested_features;
	__u32 reserved;
	__u64 dispatch_func;
	__u64 stack_size;
	__u64 guard_size;
};

struct twq_reqthreads_args {
	__u32 version;
	__u32 flags;
	__u32 reqcount;
	__u32 reserved;
	__u64 priority;
};

struct twq_should_narrow_args {
	__u32 version;
	__u32 flags;
	__u32 reserved0;
	__u32 reserved1;
	__u64 priority;
};

struct twq_dispatch_config {
	__u32 version;
	__u32 flags;
	__u64 queue_serialno_offs;
	__u64 queue_label_offs;
};

#endif
