// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of twq_kernreturn as far as their arguments go. What a call
 * passed is judged before any state is looked at, so a wrong argument answers
 * the same in every state. README.md has the contract in full.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "state.h"
#include "twq_abi.h"

/* Negative for a class that there is not. */
static int bucket_of_class(unsigned int class)
{
	switch (class) {
	case TWQ_CLASS_MAINTENANCE:
	case 1 << 0:
		return 0;
	case TWQ_CLASS_BACKGROUND:
	case 1 << 1:
		return 1;
	case TWQ_CLASS_UTILITY:
	case 1 << 2:
		return 2;
	case 0:
	case TWQ_CLASS_DEFAULT:
	case 1 << 3:
		return TWQ_DEFAULT_BUCKET;
	case TWQ_CLASS_USER_INITIATED:
	case 1 << 4:
		return 4;
	case TWQ_CLASS_USER_INTERACTIVE:
	case 1 << 5:
		return 5;
	default:
		return -1;
	}
}

/* False for a priority that is not valid. */
static bool parse_priority(u64 priority, struct twq_priority *parsed)
{
	const u64 known = TWQ_PRIORITY_RELATIVE | TWQ_PRIORITY_CLASS |
			  TWQ_PRIORITY_OVERCOMMIT;
	int bucket = bucket_of_class((priority & TWQ_PRIORITY_CLASS) >>
				     TWQ_PRIORITY_CLASS_SHIFT);

	if (bucket < 0 || (priority & ~known))
		return false;
	parsed->bucket = bucket;
	parsed->overcommits = priority & TWQ_PRIORITY_OVERCOMMIT;
	return true;
}

static bool valid_version(u32 version)
{
	return version == TWQ_ARGS_VERSION || version == TWQ_SPI_VERSION;
}

static unsigned int clamp_wanted(u32 wanted)
{
	return min_t(u32, wanted, TWQ_REQUEST_LIMIT);
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
	if ((args.requested_features & TWQ_FEATURE_DISPATCHFUNC) &&
	    !args.dispatch_func)
		return -EINVAL;
	if ((args.stack_size | args.guard_size) & (PAGE_SIZE - 1))
		return -EINVAL;
	error = twq_state_init();
	if (error)
		return error;
	return args.requested_features ?
		       args.requested_features & TWQ_FEATURES : TWQ_FEATURES;
}

long twq_thread_enter(unsigned long arg2, int arg3, int arg4)
{
	struct twq_priority priority;

	if (arg2 || arg4 || !parse_priority((u32)arg3, &priority))
		return -EINVAL;
	return twq_state_enter(priority.bucket);
}

long twq_thread_return(unsigned long arg2, int arg3, int arg4)
{
	struct twq_priority priority;

	if (arg2 || arg4 || !parse_priority((u32)arg3, &priority))
		return -EINVAL;
	return twq_state_return(arg3 ? &priority.bucket : NULL);
}

long twq_thread_transfer(unsigned long address, int bytes, int arg4)
{
	struct twq_thread_transfer_args args;
	struct twq_priority from, to;
	int error = fetch(&args, sizeof(args), address, bytes, arg4);

	if (error)
		return error;
	if (!valid_version(args.version) || args.flags || args.reserved)
		return -EINVAL;
	if (!parse_priority(args.from_priority, &from) ||
	    !parse_priority(args.to_priority, &to) || from.bucket == to.bucket)
		return -EINVAL;
	return twq_state_transfer(from, to.bucket,
				  clamp_wanted(args.from_reqcount));
}

long twq_reqthreads(unsigned long from, int bytes, int arg4)
{
	struct twq_reqthreads_args args;
	struct twq_priority priority;
	int error = fetch(&args, sizeof(args), from, bytes, arg4);

	if (error)
		return error;
	if (!valid_version(args.version) || args.flags || args.reserved ||
	    !parse_priority(args.priority, &priority))
		return -EINVAL;
	return twq_state_request(priority, clamp_wanted(args.reqcount));
}

long twq_should_narrow(unsigned long from, int bytes, int arg4)
{
	struct twq_should_narrow_args args;
	struct twq_priority priority;
	int error = fetch(&args, sizeof(args), from, bytes, arg4);

	if (error)
		return error;
	if (!valid_version(args.version) || args.flags || args.reserved0 ||
	    args.reserved1 || !parse_priority(args.priority, &priority))
		return -EINVAL;
	return twq_state_narrow(priority);
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
