/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state behind twq_kernreturn: a record for each process that called INIT,
 * and one for each of its threads from its first THREAD_ENTER or THREAD_RETURN on.
 */
#ifndef TWQ_STATE_H
#define TWQ_STATE_H

#include <linux/errno.h>
#include <linux/types.h>

#define TWQ_BUCKETS 6
#define TWQ_DEFAULT_BUCKET 3

struct twq_priority {
	unsigned int bucket;
	bool overcommits;
};

#ifdef CONFIG_TWQ_STATE

/* Operations: arguments as they came from the user, checked in ops.c. */
long twq_init(unsigned long args, int bytes, int arg4);
long twq_thread_enter(unsigned long arg2, int priority, int arg4);
long twq_thread_return(unsigned long arg2, int priority, int arg4);
long twq_thread_transfer(unsigned long args, int bytes, int arg4);
long twq_reqthreads(unsigned long args, int bytes, int arg4);
long twq_should_narrow(unsigned long args, int bytes, int arg4);
long twq_setup_dispatch(unsigned long args, int bytes, int arg4);

/* State changes: each is atomic, acts on the calling thread, and checks only the state. */
long twq_state_init(void);
long twq_state_enter(unsigned int bucket);
/* bucket: NULL for the one that the thread is in. */
long twq_state_return(const unsigned int *bucket);
long twq_state_transfer(struct twq_priority from, unsigned int to,
			unsigned int from_wanted);
long twq_state_request(struct twq_priority priority, unsigned int wanted);
long twq_state_narrow(struct twq_priority priority);
long twq_state_dispatch(void);

#else

static inline long twq_init(unsigned long args, int bytes, int arg4)
{
	return -EOPNOTSUPP;
}

static inline long twq_thread_enter(unsigned long arg2, int priority, int arg4)
{
	return -EOPNOTSUPP;
}

static inline long twq_thread_return(unsigned long arg2, int priority, int arg4)
{
	return -EOPNOTSUPP;
}

static inline long twq_thread_transfer(unsigned long args, int bytes, int arg4)
{
	return -EOPNOTSUPP;
}

static inline long twq_reqthreads(unsigned long args, int bytes, int arg4)
{
	return -EOPNOTSUPP;
}

static inline long twq_should_narrow(unsigned long args, int bytes, int arg4)
{
	return -EOPNOTSUPP;
}

static inline long twq_setup_dispatch(unsigned long args, int bytes, int arg4)
{
	return -EOPNOTSUPP;
}

#endif
#endif
