// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of twq_kernreturn as far as their arguments go. What a call
 * passed is judged before any state is looked at, so a wrong argument answers
 * the same in every state. README.md has the contract in full.
 */
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "state.h"
#include "twq_abi.h"

/* A priority names its bucket and perhaps overcommits; no other bit is known. */
static bool valid_priority(u64 priority)
{
	return !(priority & ~(u64)(TWQ_PRIORITY_QOS | TWQ_PRIORITY_OVERCOMMIT)) &&
	       hweight64(priority & TWQ_PRIORITY_QOS) == 1;
}

static unsigned int bucket_of(u64 priority)
{
	return ilog2((priority & TWQ_PRIORITY_QOS) >> TWQ_PRIORITY_QOS_SHIFT);
}

static bool overcommits(u64 priority)
{
	return priority & TWQ_PRIORITY_OVERCOMMIT;
}

static int fetch(void *to, size_t wanted, unsigned long from, int bytes,
		 int arg4)
{
	if (bytes != wanted || arg4)
		return -EINVAL;
	return copy_from_user(to, (void __user *)from, wanted) ? -EFAULT : 0;
}

long twq_init(unsigned long from, int bytes, int arg4)
{
	struct twq_init_args args;
	int error = fetch(&args, sizeof(args), from, bytes, arg4);

	if (error)
		return error;
	if (args.version != TWQ_SPI_VERSION || args.flags || args.reserved)
		return -EINVAL;
	if (args.requested_features & ~TWQ_FEATURES)
		return -EOPNOTSUPP;
	if ((args.requested_features & TWQ_FEATURE_DISPATCHFUNC) &&
	    !args.dispatch_func)
		return -EINVAL;
	if ((args.stack_size | args.guard_size) & (PAGE_SIZE - 1))
		return -EINVAL;
	error = twq_state_init();
	return error ? error : TWQ_FEATURES;
}

long twq_thread_enter(unsigned long priority, int arg3, int arg4)
{
	if (!valid_priority(priority) || arg3 || arg4)
		return -EINVAL;
	return twq_state_enter(bucket_of(priority), overcommits(priority));
}

long twq_thread_return(unsigned long arg2, int arg3, int arg4)
{
	if (arg2 || arg3 || arg4)
		return -EINVAL;
	return twq_state_return();
}

long twq_reqthreads(unsigned long from, int bytes, int arg4)
{
	struct twq_reqthreads_args args;
	int error = fetch(&args, sizeof(args), from, bytes, arg4);

	if (error)
		return error;
	if (args.version != TWQ_SPI_VERSION || args.flags || args.reserved ||
	    !args.reqcount || args.reqcount > TWQ_PENDING_LIMIT ||
	    !valid_priority(args.priority))
		return -EINVAL;
	return twq_state_request(bucket_of(args.priority), args.reqcount);
}

long twq_should_narrow(unsigned long from, int bytes, int arg4)
{
	struct twq_should_narrow_args args;
	int error = fetch(&args, sizeof(args), from, bytes, arg4);

	if (error)
		return error;
	if (args.version != TWQ_SPI_VERSION || args.flags || args.reserved0 ||
	    args.reserved1 || !valid_priority(args.priority))
		return -EINVAL;
	return twq_state_narrow(bucket_of(args.priority),
				overcommits(args.priority));
}

long twq_setup_dispatch(unsigned long from, int bytes, int arg4)
{
	struct twq_dispatch_config config;
	int error = fetch(&config, sizeof(config), from, bytes, arg4);

	if (error)
		return error;
	if (config.version != TWQ_DISPATCH_VERSION || config.flags)
		return -EINVAL;
	return twq_state_dispatch();
}
