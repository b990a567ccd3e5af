#include "worker/forked.h"

#include "base/stacks.h"
#include "worker/reply.h"

/* How long the kernel gets to take down a killed child before it is given up. */
#define KILL_NS (1000 * NS_PER_MS)
/* The pipe of a child that has ended may be held by what it made: its end is looked for this often, too. */
#define TICK_MS 20

static _Noreturn void child(const struct call *call, struct arena *arena) {
  /* The parent of this process must see its pipes end when the parent dies, whatever happens here. */
  for (int fd = FD_REPLIES; fd <= FD_LAST; fd++) sys_close(fd);
  sys2(SYS_SETPGID, 0, 0);
  u64 self = (u64)sys0(SYS_WHO_AM_I).value;
  bool makes_process = os_makes_process(call->number, call->args);
  u64 before = clock_ns();
  struct result result = makes_process ? raw_syscall_as_parent(call->number, call->args, self) : call_make(call);
  arena->duration_ns = clock_ns() - before;
  arena->result = result;
  __atomic_store_n(&arena->returned, 1, __ATOMIC_RELEASE);
  sys_exit(0);
}

/* Waits until the child has ended, which its end of the pipe says at once. False when it has not in time. */
static bool reap(i32 pid, int fd, i32 *status, i32 *stopped, u64 until_ns) {
  bool hung_up = false;
  for (;;) {
    struct result got = sys_wait(pid, status, WAIT_NO_HANG | WAIT_STOPPED);
    /* None of ours any more: a step has let the kernel reap its children. */
    if (got.error != 0 && got.error != ERROR_INTR) return *status = 0, true;
    if (got.value == pid && sys_stopped_by(*status) == 0) return true;
    if (got.value == pid) *stopped = sys_stopped_by(*status);
    u64 now = clock_ns();
    if (now >= until_ns) return false;
    u64 left_ms = (until_ns - now) / NS_PER_MS + 1;
    struct pollfd end = {fd, POLL_IN, 0};
    if (hung_up) sys_sleep_ms(1);
    else hung_up = sys_poll(&end, 1, left_ms < TICK_MS ? (i64)left_ms : TICK_MS).value == 1;
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

/* Ends what the call has made, which is in the child's group, and reaps it where it became a child of this process. */
static void end_offspring(i32 child_pid) {
  u64 until = clock_ns() + KILL_NS;
  i32 status;
  if (sys_kill(-child_pid, SIGNAL_KILL).error != 0) return;
  for (struct result got; (got = sys_wait(-child_pid, &status, WAIT_NO_HANG)).error == 0 && clock_ns() < until;) {
    if (got.value == 0) sys_sleep_ms(1);
  }
}

static struct forked await(struct actor *actor, i32 pid, int fd) {
  i32 status = 0, stopped = 0, unused = 0;
  if (reap(pid, fd, &status, &stopped, actor->until_ns)) return judge(actor->arena, status);
  stacks_read(pid, reply_stack, actor);
  sys_kill(pid, SIGNAL_KILL);
  bool gone = reap(pid, fd, &status, &unused, clock_ns() + KILL_NS);
  if (!gone) os_tell_blocked();
  return (struct forked){.how = FORKED_TIMED_OUT, .stopped = stopped, .abandoned = !gone};
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
    i32 pid = (i32)forked.result.value;
    forked = await(actor, pid, pipe[0]);
    end_offspring(pid);
  }
  sys_close(pipe[0]);
  return forked;
}
