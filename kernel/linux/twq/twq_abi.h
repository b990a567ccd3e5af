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

/*
 * A version: of the interface, in twq_init_args; of its own, in
 * twq_dispatch_config; in every other structure either of the first two.
 */
#define TWQ_SPI_VERSION		20170201
#define TWQ_ARGS_VERSION	1
#define TWQ_DISPATCH_VERSION	2

/* New threads start at dispatch_func; there is a class for maintenance. */
#define TWQ_FEATURE_DISPATCHFUNC	0x01
#define TWQ_FEATURE_MAINTENANCE		0x10
#define TWQ_FEATURES			0x11

/*
 * A priority: a class of quality of service, perhaps overcommit, and a relative
 * priority within the class, which is not looked at. The class is 0 (default),
 * one of the numbers below, or one of six single bits in the same order.
 */
#define TWQ_PRIORITY_RELATIVE		0x000000ff
#define TWQ_PRIORITY_CLASS		0x00ffff00
#define TWQ_PRIORITY_CLASS_SHIFT	8
#define TWQ_PRIORITY_OVERCOMMIT		0x80000000

#define TWQ_CLASS_MAINTENANCE		0x05
#define TWQ_CLASS_BACKGROUND		0x09
#define TWQ_CLASS_UTILITY		0x11
#define TWQ_CLASS_DEFAULT		0x15
#define TWQ_CLASS_USER_INITIATED	0x19
#define TWQ_CLASS_USER_INTERACTIVE	0x21

/* Threads that a bucket can be asked for: a greater number counts as this one. */
#define TWQ_REQUEST_LIMIT	65535

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

struct twq_thread_transfer_args {
	__u32 version;
	__u32 flags;
	__u32 from_reqcount;
	__u32 reserved;
	__u64 from_priority;
	__u64 to_priority;
};

struct twq_dispatch_config {
	__u32 version;
	__u32 flags;
	__u64 queue_serialno_offs;
	__u64 queue_label_offs;
};

#endif
