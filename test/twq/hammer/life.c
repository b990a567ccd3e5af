#include "hammer.h"

#define STACK_BYTES 65536u
#define RFPROC_RFMEM 0x30 /* sys/unistd.h: RFPROC | RFMEM */

static const char *own_path;
static u64 end_ns;
static u32 thread_count;

struct beater {
  struct os_thread thread;
  struct dice dice;
  u8 *stack;
};
static struct beater beaters[MOST_THREADS];

static void execute(const char *path, struct dice *dice) {
  char until[24], threads[24], seed[24];
  char name[] = "hammer", mode[] = "child";
  format_u64(until, end_ns);
  format_u64(threads, thread_count);
  format_u64(seed, roll(dice));
  char *argv[] = {name, mode, until, threads, seed, 0};
  char *environment[] = {0};
  sys3(SYS_EXECVE, (u64)path, (u64)argv, (u64)environment);
}

/* A child that has no work queue beats on a new one of its own for a moment. */
static void fork_briefly(struct dice *dice) {
  struct result child = sys_fork();
  if (child.error != 0) return;
  if (child.value == 0) {
    for (u32 i = below(dice, 40); i > 0; i--) beat(dice);
    if (one_in(dice, 3)) execute(own_path, dice);
    sys_exit(0);
  }
  i32 status;
  sys_wait((i32)child.value, &status, 0);
}

/* A child in the same memory, which is gone before the caller goes on or just after. */
static void share_briefly(struct dice *dice) {
  const u64 args[6] = {RFPROC_RFMEM};
  i32 status;
  struct result child = raw_syscall_as_parent(one_in(dice, 2) ? SYS_VFORK : SYS_RFORK, args, (u64)sys_getpid());
  if (child.error == 0) sys_wait((i32)child.value, &status, 0);
}

static void act(struct dice *dice) {
  switch (below(dice, 1500)) {
    case 0: fork_briefly(dice); return;
    case 1: share_briefly(dice); return;
    case 2: execute(own_path, dice); return;
    case 3: sys_exit(0);
    case 4: case 5: execute("/nonexistent", dice); return;
    case 6: case 7: sys_sleep_ms(1); return;
    case 8: case 9: sys_yield(); return;
    default: beat(dice);
  }
}

static void beat_until_end(void *argument) {
  struct beater *beater = argument;
  for (u32 left = 200 + below(&beater->dice, 4000); left > 0 && clock_ns() < end_ns; left--) act(&beater->dice);
  os_thread_exit(&beater->thread);
}

_Noreturn void live(const char *path, u64 until_ns, u32 threads, struct dice *dice) {
  own_path = path;
  end_ns = until_ns;
  thread_count = threads;
  while (clock_ns() < end_ns) {
    for (u32 i = 0; i < thread_count; i++) {
      struct beater *beater = &beaters[i];
      if (!os_thread_gone(&beater->thread, 0)) continue;
      if (beater->stack == 0) beater->stack = sys_map(STACK_BYTES, false);
      if (beater->stack == 0) continue;
      beater->dice.state = roll(dice) | 1;
      os_thread_start(&beater->thread, beater->stack, STACK_BYTES, beat_until_end, beater);
    }
    for (u32 i = 0; i < 20; i++) act(dice);
  }
  sys_exit(0);
}
