// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to die in a module.
 *
 * A word written to /proc/twq_module_fault strikes in the writer's context; the
 * same word as the parameter strike= strikes while the module is loaded, in code
 * that is dropped afterwards. README.md lists the words.
 */
#define pr_fmt(fmt) "twq_module: " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define WORD_BYTES 16

/* Read through a volatile pointer, so that the compiler sees no certain fault. */
static int *volatile nowhere;

static char *strike;
module_param(strike, charp, 0);
MODULE_PARM_DESC(strike, "a word to strike by while the module is loaded");

/* Both inlined, so that the line that fails is not of the function on the stack. */
static __always_inline void write_nowhere(void)
{
	*nowhere = 1;
}

static __always_inline void give_up(void)
{
	panic("twq_module: asked for");
}

static noinline void module_oops(void)
{
	write_nowhere();
}

static noinline void module_panic(void)
{
	give_up();
}

static noinline void module_warn(void)
{
	WARN(1, "twq_module: asked for\n");
}

static int obey(const char *word)
{
	pr_info("%s\n", word);
	if (!strcmp(word, "oops"))
		module_oops();
	else if (!strcmp(word, "panic"))
		module_panic();
	else if (!strcmp(word, "warn"))
		module_warn();
	else
		return -EINVAL;
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

static int __init start_module(void)
{
	int error = strike ? obey(strike) : 0;

	if (error)
		return error;
	if (!proc_create("twq_module_fault", 0200, NULL, &fault_ops))
		return -ENOMEM;
	return 0;
}
module_init(start_module);

MODULE_DESCRIPTION("Ways to die in a module");
MODULE_LICENSE("GPL");
