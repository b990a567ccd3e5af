/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel's own exit and exec tell of the ends of threads and programs.
 * apply.sh puts the calls there; without state they are nothing.
 */
#ifndef TWQ_HOOKS_H
#define TWQ_HOOKS_H

struct task_struct;

#ifdef CONFIG_TWQ_STATE

/* The calling thread is running down and will make no more system calls. */
void twq_on_exit(struct task_struct *task);

/* The calling thread is the only one left and has its new image. */
void twq_on_exec(struct task_struct *task);

#else

static inline void twq_on_exit(struct task_struct *task)
{
}

static inline void twq_on_exec(struct task_struct *task)
{
}

#endif
#endif
