#include "base/sys.h"

/* fcntl(2): the same numbers in both systems. */
#define FCNTL_SET_DESCRIPTOR_FLAGS 2
#define FCNTL_SET_FLAGS 4

struct result sys_open(const char *path, u32 flags, u32 mode) {
  return sys3(SYS_OPEN, (u64)path, flags | OPEN_CLOEXEC, mode);
}

struct result sys_read(int fd, void *to, size_t length) {
  return sys3(SYS_READ, (u64)fd, (u64)to, length);
}

struct result sys_read_up_to(int fd, u8 *to, size_t most) {
  size_t filled = 0;
  while (filled < most) {
    struct result got = sys_read(fd, to + filled, most - filled);
    if (got.error == ERROR_INTR) continue;
    if (got.error != 0) return got;
    if (got.value == 0) break;
    filled += (size_t)got.value;
  }
  return (struct result){(i64)filled, 0};
}

struct result sys_write(int fd, const void *from, size_t length) {
  return sys3(SYS_WRITE, (u64)fd, (u64)from, length);
}

struct result sys_poll(struct pollfd *fds, u32 count, i64 timeout_ms) {
  return sys3(SYS_POLL, (u64)fds, count, (u64)timeout_ms);
}

struct result sys_pipe(int fds[2]) { return sys2(SYS_PIPE2, (u64)fds, OPEN_CLOEXEC); }

void sys_close(int fd) { sys1(SYS_CLOSE, (u64)fd); }

void sys_close_others(int first_kept, int last_kept) {
  struct result closed = sys3(SYS_CLOSE_RANGE, 3, (u64)first_kept - 1, 0);
  if (closed.error == 0) closed = sys3(SYS_CLOSE_RANGE, (u64)last_kept + 1, ~0u, 0);
  if (closed.error == 0) return;
  /* A kernel from before close_range(2). The agent itself opens fewer than a thousand. */
  for (int fd = 3; fd < 1024; fd++) {
    if (fd < first_kept || fd > last_kept) sys_close(fd);
  }
}

struct result sys_dup2(int from, int to) { return sys2(SYS_DUP2, (u64)from, (u64)to); }

struct result sys_set_nonblocking(int fd) {
  return sys3(SYS_FCNTL, (u64)fd, FCNTL_SET_FLAGS, OPEN_NONBLOCK);
}

void sys_set_close_on_exec(int fd, bool close) { sys3(SYS_FCNTL, (u64)fd, FCNTL_SET_DESCRIPTOR_FLAGS, close ? 1 : 0); }

struct result sys_fork(void) { return sys0(SYS_FORK); }

struct result sys_wait(i32 pid, i32 *status, int options) {
  return raw_syscall(SYS_WAIT4, (u64)(i64)pid, (u64)status, (u64)options, 0, 0, 0);
}

i32 sys_stopped_by(i32 status) { return (status & 0xff) == 0x7f ? status >> 8 & 0xff : 0; }

struct result sys_kill(i32 pid, int signal) { return sys2(SYS_KILL, (u64)(i64)pid, (u64)signal); }

i32 sys_getpid(void) { return (i32)sys0(SYS_GETPID).value; }

void sys_exit(int status) {
  for (;;) sys1(SYS_EXIT, (u64)status);
}

u64 clock_ns(void) {
  struct timespec now = {0, 0};
  sys2(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, (u64)&now);
  return (u64)now.seconds * 1000000000ull + (u64)now.nanoseconds;
}

void sys_sleep_ms(u64 duration_ms) {
  struct timespec left = {(i64)(duration_ms / 1000), (i64)(duration_ms % 1000 * NS_PER_MS)};
  while (sys2(SYS_NANOSLEEP, (u64)&left, (u64)&left).error == ERROR_INTR) continue;
}

void sys_yield(void) { sys0(SYS_SCHED_YIELD); }

void *sys_map(size_t length, bool shared) {
  u64 flags = shared ? MAP_SHARED_ANON : MAP_PRIVATE_ANON;
  struct result mapped = raw_syscall(SYS_MMAP, 0, length, PROT_READ_WRITE, flags, ~0ull, 0);
  return mapped.error == 0 ? (void *)mapped.value : NULL;
}

void *sys_map_fd(int fd, size_t length) {
  struct result mapped = raw_syscall(SYS_MMAP, 0, length, PROT_READ_WRITE, MAP_SHARED_FILE, (u64)fd, 0);
  return mapped.error == 0 ? (void *)mapped.value : NULL;
}

void sys_unmap(void *at, size_t length) { sys2(SYS_MUNMAP, (u64)at, length); }

void sys_sync(void) { sys0(SYS_SYNC); }
