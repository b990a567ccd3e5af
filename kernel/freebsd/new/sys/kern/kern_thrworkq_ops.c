/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The operations of twq_kernreturn(2) as far as their arguments go. What a call
 * passed is judged before any state is looked at, so that a wrong argument
 * answers the same in every state: first size and arg4, then whether it can be
 * read, then what it says.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>

#include <kern/kern_thrworkq.h>

#define	TWQ_PAGE_SIZE	4096	/* whatever the machine's own is */

static const uint32_t twq_class_numbers[TWQ_BUCKETS] = {
	TWQ_CLASS_MAINTENANCE,
	TWQ_CLASS_BACKGROUND,
	TWQ_CLASS_UTILITY,
	TWQ_CLASS_DEFAULT,
	TWQ_CLASS_USER_INITIATED,
	TWQ_CLASS_USER_INTERACTIVE,
};

static int
twq_read_priority(uint64_t priority, struct twq_class *class)
{
	const uint64_t known = TWQ_PRIORITY_OVERCOMMIT | TWQ_PRIORITY_CLASS |
	    TWQ_PRIORITY_RELATIVE;
	uint32_t number;
	u_int i;

	if ((priority & ~known) != 0)
		return (EINVAL);
	class->tc_overcommit = (priority & TWQ_PRIORITY_OVERCOMMIT) != 0;
	class->tc_bucket = TWQ_BUCKET_DEFAULT;
	number = (priority & TWQ_PRIORITY_CLASS) >> TWQ_PRIORITY_CLASS_SHIFT;
	if (number == 0)
		return (0);
	for (i = 0; i < TWQ_BUCKETS; i++) {
		if (number == twq_class_numbers[i] || number == 1u << i) {
			class->tc_bucket = i;
			return (0);
		}
	}
	return (EINVAL);
}

/* ENTER and RETURN pass a priority in a register, its upper half zero. */
static int
twq_read_register(void *arg2, int arg3, int arg4, struct twq_class *class)
{
	if (arg2 != NULL || arg4 != 0)
		return (EINVAL);
	return (twq_read_priority((uint32_t)arg3, class));
}

static int
twq_fetch(const void *from, int bytes, int arg4, void *to, size_t wanted)
{
	if (bytes != (int)wanted || arg4 != 0)
		return (EINVAL);
	return (copyin(from, to, wanted));
}

static bool
twq_is_version(uint32_t version)
{
	return (version == TWQ_ARGS_VERSION || version == TWQ_SPI_VERSION);
}

static int
twq_op_init(struct thread *td, void *arg2, int arg3, int arg4)
{
	struct twq_init_args args;
	int error;

	error = twq_fetch(arg2, arg3, arg4, &args, sizeof(args));
	if (error != 0)
		return (error);
	if (args.version != TWQ_SPI_VERSION || args.flags != 0 ||
	    args.reserved != 0)
		return (EINVAL);
	if ((args.requested_features & TWQ_FEATURE_DISPATCHFUNC) != 0 &&
	    args.dispatch_func == 0)
		return (EINVAL);
	if (args.stack_size % TWQ_PAGE_SIZE != 0 ||
	    args.guard_size % TWQ_PAGE_SIZE != 0)
		return (EINVAL);
	return (twq_init(td, &args));
}

static int
twq_op_setup_dispatch(struct thread *td, void *arg2, int arg3, int arg4)
{
	struct twq_dispatch_config config;
	int error;

	error = twq_fetch(arg2, arg3, arg4, &config, sizeof(config));
	if (error != 0)
		return (error);
	if (config.version != TWQ_DISPATCH_VERSION || config.flags != 0)
		return (EINVAL);
	return (twq_setup_dispatch(td, &config));
}

static int
twq_op_thread_enter(struct thread *td, void *arg2, int arg3, int arg4)
{
	struct twq_class class;
	int error;

	error = twq_read_register(arg2, arg3, arg4, &class);
	if (error != 0)
		return (error);
	return (twq_thread_enter(td, class.tc_bucket));
}

/* A priority of 0 names no class: the thread stays where it is. */
static int
twq_op_thread_return(struct thread *td, void *arg2, int arg3, int arg4)
{
	struct twq_class class;
	int error;

	error = twq_read_register(arg2, arg3, arg4, &class);
	if (error != 0)
		return (error);
	if (arg3 == 0)
		return (twq_thread_return_same(td));
	return (twq_thread_return(td, class.tc_bucket));
}

static int
twq_op_thread_transfer(struct thread *td, void *arg2, int arg3, int arg4)
{
	struct twq_thread_transfer_args args;
	struct twq_class from, to;
	int error;

	error = twq_fetch(arg2, arg3, arg4, &args, sizeof(args));
	if (error != 0)
		return (error);
	if (!twq_is_version(args.version) || args.flags != 0 ||
	    args.reserved != 0 ||
	    twq_read_priority(args.from_priority, &from) != 0 ||
	    twq_read_priority(args.to_priority, &to) != 0 ||
	    from.tc_bucket == to.tc_bucket)
		return (EINVAL);
	return (twq_thread_transfer(td, from, to.tc_bucket,
	    args.from_reqcount));
}

static int
twq_op_reqthreads(struct thread *td, void *arg2, int arg3, int arg4)
{
	struct twq_reqthreads_args args;
	struct twq_class class;
	int error;

	error = twq_fetch(arg2, arg3, arg4, &args, sizeof(args));
	if (error != 0)
		return (error);
	if (!twq_is_version(args.version) || args.flags != 0 ||
	    args.reserved != 0 || twq_read_priority(args.priority, &class) != 0)
		return (EINVAL);
	return (twq_reqthreads(td, class, args.reqcount));
}

static int
twq_op_should_narrow(struct thread *td, void *arg2, int arg3, int arg4)
{
	struct twq_should_narrow_args args;
	struct twq_class class;
	int error;

	error = twq_fetch(arg2, arg3, arg4, &args, sizeof(args));
	if (error != 0)
		return (error);
	if (!twq_is_version(args.version) || args.flags != 0 ||
	    args.reserved0 != 0 || args.reserved1 != 0 ||
	    twq_read_priority(args.priority, &class) != 0)
		return (EINVAL);
	return (twq_should_narrow(td, class));
}

int
twq_operate(struct thread *td, int op, void *arg2, int arg3, int arg4)
{
	switch (op) {
	case TWQ_OP_INIT:
		return (twq_op_init(td, arg2, arg3, arg4));
	case TWQ_OP_SETUP_DISPATCH:
		return (twq_op_setup_dispatch(td, arg2, arg3, arg4));
	case TWQ_OP_THREAD_ENTER:
		return (twq_op_thread_enter(td, arg2, arg3, arg4));
	case TWQ_OP_THREAD_RETURN:
		return (twq_op_thread_return(td, arg2, arg3, arg4));
	case TWQ_OP_THREAD_TRANSFER:
		return (twq_op_thread_transfer(td, arg2, arg3, arg4));
	case TWQ_OP_REQTHREADS:
		return (twq_op_reqthreads(td, arg2, arg3, arg4));
	case TWQ_OP_SHOULD_NARROW:
		return (twq_op_should_narrow(td, arg2, arg3, arg4));
	default:
		return (EINVAL);
	}
}
