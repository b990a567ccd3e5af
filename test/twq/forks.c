/*
 * A program of the guest with state behind twq_kernreturn, that makes processes in every way: each of them has to begin without
 * state, may have its own, and leaves its parent's alone. The agent makes no processes that it does not end at once, so this
 * is no step of a probe. Exits with 0, or with the number of the first check that failed.
 */
#include "base/sys.h"

#define TWQ_KERNRETURN 468
#define INIT 0x001
#define THREAD_ENTER 0x002
#define SHOULD_NARROW 0x200
#define SPI_VERSION 20170201
#define FEATURES 0x11
#define NO_STATE 6 /* ENXIO, on both systems */

static const u32 init_args[10] = {SPI_VERSION};
static const u32 narrow_args[6] = {SPI_VERSION};

#define TWQ(op, arg2, arg3) raw_syscall(TWQ_KERNRETURN, op, (u64)(arg2), arg3, 0, 0, 0)

/* What a child finds. */
static u64 check_child(void) {
  if (TWQ(SHOULD_NARROW, narrow_args, sizeof(narrow_args)).error != NO_STATE) return 1;
  if (TWQ(INIT, init_args, sizeof(init_args)).value != FEATURES) return 2;
  if (TWQ(THREAD_ENTER, 0, 0).error != 0) return 3;
  return 0;
}

/*
 * Everything is inlined: a child of vfork shares the stack, and what it calls would overwrite the address that its parent
 * returns to.
 */
__attribute__((flatten)) static u64 check(void) {
#ifdef __FreeBSD__
  /* rfork with RFPROC and RFFDG. */
  static const u64 ways[][2] = {{SYS_FORK, 0}, {SYS_VFORK, 0}, {SYS_RFORK, 0x14}};
#else
  /* clone with SIGCHLD. */
  static const u64 ways[][2] = {{SYS_FORK, 0}, {SYS_VFORK, 0}, {SYS_CLONE, 17}};
#endif
  if (TWQ(INIT, init_args, sizeof(init_args)).value != FEATURES) return 1;
  if (TWQ(THREAD_ENTER, 0, 0).error != 0) return 2;
  for (u64 i = 0; i < 3; i++) {
    volatile i32 status = -1;
    struct result made = raw_syscall((i64)ways[i][0], ways[i][1], 0, 0, 0, 0, 0);
    if (made.error == 0 && made.value == 0) raw_syscall(SYS_EXIT, check_child(), 0, 0, 0, 0, 0);
    if (made.error != 0) return 10 * i + 13;
    raw_syscall(SYS_WAIT4, (u64)made.value, (u64)&status, 0, 0, 0, 0);
    if (status != 0) return 10 * i + 14;
    if (TWQ(SHOULD_NARROW, narrow_args, sizeof(narrow_args)).value != 1) return 10 * i + 15;
  }
  return 0;
}

_Noreturn void run(void);

void run(void) {
  raw_syscall(SYS_EXIT, check(), 0, 0, 0, 0, 0);
  __builtin_unreachable();
}

DEFINE_ENTRY(run);
