/*
 * Beats on twq_kernreturn(2) in every way at once, and looks afterwards whether the kernel has let go of everything.
 *
 *     hammer SECONDS [PROCESSES THREADS]
 *
 * Each process has its threads make all operations with good and bad arguments, while others of them exit, fork, execute,
 * fail to execute, and are killed, stopped and continued from outside. It prints one line, and exits with 0 when all
 * that was allocated is free again.
 */
#ifndef TWQ_HAMMER_H
#define TWQ_HAMMER_H

#include "base/os.h"

#define MOST_PROCESSES 32
#define MOST_THREADS 32

struct dice {
  u64 state;
};
u64 roll(struct dice *dice);
/* From 0 up to below. */
u32 below(struct dice *dice, u32 limit);
static inline bool one_in(struct dice *dice, u32 count) { return below(dice, count) == 0; }

/* One call with arguments by chance. Sometimes it is a right one, and now and then the memory it names comes and goes. */
void beat(struct dice *dice);

/* What a process does until it ends by itself, is killed, or the time is up. */
_Noreturn void live(const char *path, u64 until_ns, u32 threads, struct dice *dice);

#endif
