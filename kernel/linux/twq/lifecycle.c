// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ends of records, and the counters that show whether all of them came.
 */
#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "hooks.h"
#include "records.h"

/*
 * The thread that is last to run down drops the process. When two run down at
 * once either may find nobody alive, and the other then finds nothing to drop.
 */
void twq_on_exit(struct task_struct *task)
{
	struct process_record *process;
	struct thread_record *thread;
	bool last = !atomic_read(&task->signal->live);

	spin_lock(&twq_lock);
	process = twq_find_process(task->signal);
	if (process && !IS_ENABLED(CONFIG_TWQ_BREAK_TEARDOWN)) {
		thread = twq_find_thread(process, task);
		if (last)
			twq_drop_threads(process);
		else if (thread)
			twq_drop_thread(process, thread);
	}
	if (process && last)
		twq_drop_process(process);
	spin_unlock(&twq_lock);
}

/* Runs once the new image is in place: a failed exec leaves everything alone. */
void twq_on_exec(struct task_struct *task)
{
	struct process_record *process;

	spin_lock(&twq_lock);
	process = twq_find_process(task->signal);
	if (process) {
		twq_drop_threads(process);
		twq_drop_process(process);
	}
	spin_unlock(&twq_lock);
}

static int show_stats(struct seq_file *out, void *unused)
{
	spin_lock(&twq_lock);
	seq_printf(out, "width %u\n", num_online_cpus());
	seq_printf(out, "init %llu\nenter %llu\nreturn %llu\n", twq_count.init,
		   twq_count.enter, twq_count.leave);
	seq_printf(out, "request %llu\nnarrow %llu\ndispatch %llu\n",
		   twq_count.request, twq_count.narrow, twq_count.dispatch);
	seq_printf(out, "proc_alloc %llu\nproc_free %llu\n", twq_count.proc_alloc,
		   twq_count.proc_free);
	seq_printf(out, "thread_alloc %llu\nthread_free %llu\n",
		   twq_count.thread_alloc, twq_count.thread_free);
	spin_unlock(&twq_lock);
	return 0;
}

static int __init start_stats(void)
{
	return proc_create_single("twq_stats", 0444, NULL, show_stats) ?
		       0 : -ENOMEM;
}
late_initcall(start_stats);
