// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to die on request.
 *
 * A word written to /proc/twq_fault strikes in the writer's context; the same
 * word after twq_fault= on the kernel command line strikes just before init is
 * started. With "-on-poweroff" behind it a word strikes later, when the kernel
 * begins to power off, restart or halt. README.md lists the words.
 */
#define pr_fmt(fmt) "twq_fault: " fmt

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/desc.h>

#include "deadlock.h"

#define WORD_BYTES 32
#define ON_POWEROFF "-on-poweroff"

/* Read through a volatile pointer, so that the compiler sees no certain fault. */
static int *volatile nowhere;

static void fault_panic(void)
{
	panic("twq_fault: asked for");
}

/* Inlined, so that the line that faults is not of the function that the oops names. */
static __always_inline void write_nowhere(void)
{
	*nowhere = 1;
}

static void fault_oops(void)
{
	write_nowhere();
}

static void fault_bug(void)
{
	BUG();
}

static void fault_warn(void)
{
	WARN(1, "twq_fault: asked for\n");
}

static void spin_for_ever(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

/* Interrupts off on this processor; the others go on until they need it. */
static void fault_hang(void)
{
	preempt_disable();
	spin_for_ever(NULL);
}

/* Interrupts off on every processor: only a non-maskable one still arrives. */
static void fault_hang_all(void)
{
	preempt_disable();
	smp_call_function(spin_for_ever, NULL, 0);
	spin_for_ever(NULL);
}

/* Interrupts on but no other task: what the soft lockup detector looks for. */
static void fault_soft_lockup(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

static void fault_hung_task(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
}

/* Takes all memory until the OOM killer picks the writer, then gives it back. */
static void fault_oom(void)
{
	struct page *page, *next;
	LIST_HEAD(taken);

	while (!fatal_signal_pending(current)) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			break;
		list_add(&page->lru, &taken);
	}
	list_for_each_entry_safe(page, next, &taken, lru)
		__free_page(page);
}

/* A reset without a word: no panic, no message, no notifier. */
static void fault_triple_fault(void)
{
	static const struct desc_ptr no_handlers;

	local_irq_disable();
	load_idt(&no_handlers);
	asm volatile("int3");
}

static const struct fault {
	const char *word;
	void (*strike)(void);
} faults[] = {
	{ "panic", fault_panic },
	{ "oops", fault_oops },
	{ "bug", fault_bug },
	{ "warn", fault_warn },
	{ "hang", fault_hang },
	{ "hang-all", fault_hang_all },
	{ "soft-lockup", fault_soft_lockup },
	{ "hung-task", fault_hung_task },
	{ "deadlock", twq_deadlock },
	{ "oom", fault_oom },
	{ "triple-fault", fault_triple_fault },
};

static const struct fault *at_poweroff;

static int strike_at_poweroff(struct notifier_block *block, unsigned long event,
			      void *command)
{
	if (at_poweroff)
		at_poweroff->strike();
	return NOTIFY_DONE;
}

static struct notifier_block poweroff_block = {
	.notifier_call = strike_at_poweroff,
};

static const struct fault *find_fault(const char *word, size_t length)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(faults); i++)
		if (strlen(faults[i].word) == length &&
		    !strncmp(faults[i].word, word, length))
			return &faults[i];
	return NULL;
}

static int obey(const char *word)
{
	const size_t suffix = strlen(ON_POWEROFF);
	size_t length = strlen(word);
	bool later = length > suffix &&
		     !strcmp(word + length - suffix, ON_POWEROFF);
	const struct fault *fault =
		find_fault(word, later ? length - suffix : length);

	if (!fault) {
		pr_err("unknown word '%s'\n", word);
		return -EINVAL;
	}
	pr_info("%s\n", word);
	if (later)
		at_poweroff = fault;
	else
		fault->strike();
	return 0;
}

static ssize_t write_fault(struct file *file, const char __user *text,
			   size_t bytes, loff_t *offset)
{
	char word[WORD_BYTES];
	int error;

	if (bytes >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, text, bytes))
		return -EFAULT;
	word[bytes] = '\0';
	error = obey(strim(word));
	return error ? error : bytes;
}

static const struct proc_ops fault_ops = {
	.proc_write = write_fault,
	.proc_lseek = noop_llseek,
};

static char *boot_word;

static int __init keep_boot_word(char *word)
{
	boot_word = word;
	return 1;
}
__setup("twq_fault=", keep_boot_word);

static int __init start_faults(void)
{
	register_reboot_notifier(&poweroff_block);
	if (!proc_create("twq_fault", 0200, NULL, &fault_ops))
		return -ENOMEM;
	return boot_word ? obey(boot_word) : 0;
}
late_initcall(start_faults);
