#include "call.h"

/* How long the kernel gets to take down a killed child before it is given up. */
#define KILL_NS (1000 * NS_PER_MS)

static _Noreturn void child(const struct call *call, struct arena *arena) {
  /* The parent of this process must see the replies' pipe end when the parent dies, whatever happens here. */
  sys_close(FD_REPLIES);
  sys2(SYS_SETPGID, 0, 0);
  u64 before = clock_ns();
  struct result result = call_make(call);
  arena->duration_ns = clock_ns() - before;
  arena->result = result;
  __atomic_store_n(&arena->returned, 1, __ATOMIC_RELEASE);
  sys_exit(0);
}

/* Waits for the pipe's end, which the child holds until it dies or executes something. */
static void wait_for_hangup(int fd, u64 until_ns) {
  struct pollfd end = {fd, POLL_IN, 0};
  for (;;) {
    u64 now = clock_ns();
    if (now >= until_ns) return;
    struct result ready = sys_poll(&end, 1, (i64)((until_ns - now) / NS_PER_MS) + 1);
    if (ready.error != ERROR_INTR) return;
  }
}

static bool reap(i32 pid, i32 *status, u64 until_ns) {
  for (;;) {
    if (sys_wait(pid, status, WAIT_NO_HANG).value == pid) return true;
    if (clock_ns() >= until_ns) return false;
    sys_sleep_ms(1);
  }
}

static struct forked judge(const struct arena *arena, i32 status) {
  struct forked forked = {.how = FORKED_EXITED, .duration_ns = arena->duration_ns};
  i32 signal = status & 0x7f;
  if (arena->returned != 0) {
    forked.how = FORKED_RETURNED;
    forked.result = arena->result;
  } else if (signal != 0) {
    forked.how = FORKED_SIGNAL;
    forked.signal = signal;
  } else {
    forked.exit_status = status >> 8 & 0xff;
  }
  return forked;
}

struct forked call_make_forked(struct actor *actor, const struct call *call) {
  struct forked forked = {.how = FORKED_ERROR};
  struct arena *arena = actor->arena;
  arena->returned = 0;
  arena->duration_ns = 0;
  int pipe[2];
  forked.result = sys_pipe(pipe);
  if (forked.result.error != 0) return forked;
  forked.result = sys_fork();
  if (forked.result.error == 0 && forked.result.value == 0) child(call, arena);
  sys_close(pipe[1]);
  if (forked.result.error == 0) {
    i32 pid = (i32)forked.result.value, status = 0;
    wait_for_hangup(pipe[0], actor->until_ns);
    bool gone = reap(pid, &status, actor->until_ns);
    if (!gone) {
      sys_kill(pid, SIGNAL_KILL);
      gone = reap(pid, &status, clock_ns() + KILL_NS);
      forked = (struct forked){.how = FORKED_TIMED_OUT, .abandoned = !gone};
    } else {
      forked = judge(arena, status);
    }
  }
  sys_close(pipe[0]);
  return forked;
}
