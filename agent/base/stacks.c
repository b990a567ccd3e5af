#include "base/stacks.h"

#include "base/os.h"

#define ALL_BYTES 65536
#define WAIT_NS (500 * NS_PER_MS)
#define REAP_TRIES 20

static void write_line(void *context, const char *text, size_t length) {
  const int *fd = context;
  if (sys_write(*fd, text, length).error == 0) sys_write(*fd, "\n", 1);
}

static _Noreturn void ask(i32 pid, int fd) {
  sys_close_others(fd, fd);
  os_kernel_stacks(pid, write_line, &fd);
  sys_exit(0);
}

/* All that came within the time, or until the end. */
static size_t read_all(int fd, char *to, size_t size) {
  size_t length = 0;
  for (u64 now = clock_ns(), until = now + WAIT_NS; now < until && length < size; now = clock_ns()) {
    struct pollfd said = {fd, POLL_IN, 0};
    if (sys_poll(&said, 1, (i64)((until - now) / NS_PER_MS) + 1).value != 1) continue;
    struct result got = sys_read(fd, to + length, size - length);
    if (got.error == ERROR_INTR) continue;
    if (got.error != 0 || got.value == 0) break;
    length += (size_t)got.value;
  }
  return length;
}

static void end(i32 pid) {
  i32 status;
  sys_kill(pid, SIGNAL_KILL);
  /* One that the kernel does not let go of is left to whoever reaps next. */
  for (int tries = 0; tries < REAP_TRIES && sys_wait(pid, &status, WAIT_NO_HANG).value == 0; tries++) sys_sleep_ms(1);
}

void stacks_read(i32 pid, void (*take)(void *context, const char *text, size_t length), void *context) {
  int fds[2];
  char *all = sys_map(ALL_BYTES, false);
  if (all == NULL) return;
  if (sys_pipe(fds).error == 0) {
    struct result asked = sys_fork();
    if (asked.error == 0 && asked.value == 0) ask(pid, fds[1]);
    sys_close(fds[1]);
    size_t length = asked.error == 0 ? read_all(fds[0], all, ALL_BYTES) : 0;
    sys_close(fds[0]);
    if (asked.error == 0) end((i32)asked.value);
    for (size_t from = 0, at = 0; at < length; at++) {
      if (all[at] != '\n') continue;
      take(context, all + from, at - from);
      from = at + 1;
    }
  }
  sys_unmap(all, ALL_BYTES);
}
