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

static void show_buckets(struct seq_file *out, const char *name,
			 const u64 *values)
{
	unsigned int i;

	seq_printf(out, "%s ", name);
	for (i = 0; i < TWQ_BUCKETS; i++)
		seq_printf(out, "%s%llu", i ? "," : "", values[i]);
	seq_putc(out, '\n');
}

static int show_stats(struct seq_file *out, void *unused)
{
	u64 active[TWQ_BUCKETS];
	unsigned int i;

	spin_lock(&twq_lock);
	seq_printf(out, "width %u\n", num_online_cpus());
#define SHOW(name) seq_printf(out, #name " %llu\n", twq_count.name);
	TWQ_COUNTERS(SHOW)
#undef SHOW
#define SHOW(name) show_buckets(out, #name, twq_count.name);
	TWQ_BUCKET_COUNTERS(SHOW)
#undef SHOW
	for (i = 0; i < TWQ_BUCKETS; i++)
		active[i] = twq_count.bucket_total_current[i] -
			    twq_count.bucket_idle_current[i];
	show_buckets(out, "bucket_active_current", active);
	spin_unlock(&twq_lock);
	return 0;
}

static int __init start_stats(void)
{
	struct proc_dir_entry *folder = proc_mkdir("twq", NULL);

	if (!folder || !proc_create_single("stats", 0444, folder, show_stats))
		return -ENOMEM;
	return 0;
}
late_initcall(start_stats);
