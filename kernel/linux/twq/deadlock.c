// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads and two mutexes, each thread in want of what the other has: the
 * caller takes X and then Y, the kernel thread twq_other Y and then X.
 */
#define pr_fmt(fmt) "twq_fault: " fmt

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/printk.h>

#include "deadlock.h"

static DEFINE_MUTEX(twq_lock_x);
static DEFINE_MUTEX(twq_lock_y);

/* Each takes its second mutex when both have their first: it cannot but fail. */
static DECLARE_COMPLETION(x_is_taken);
static DECLARE_COMPLETION(y_is_taken);

static int take_y_then_x(void *unused)
{
	mutex_lock(&twq_lock_y);
	complete(&y_is_taken);
	wait_for_completion(&x_is_taken);
	mutex_lock(&twq_lock_x);
	mutex_unlock(&twq_lock_x);
	mutex_unlock(&twq_lock_y);
	return 0;
}

static noinline void take_x_then_y(void)
{
	mutex_lock(&twq_lock_x);
	complete(&x_is_taken);
	wait_for_completion(&y_is_taken);
	mutex_lock(&twq_lock_y);
	mutex_unlock(&twq_lock_y);
	mutex_unlock(&twq_lock_x);
}

void twq_deadlock(void)
{
	struct task_struct *other =
		kthread_run(take_y_then_x, NULL, "twq_other");

	if (IS_ERR(other)) {
		pr_err("no thread to deadlock with: %ld\n", PTR_ERR(other));
		return;
	}
	take_x_then_y();
}
