/*
 * The system calls that the agent makes for itself, the same for both systems.
 */
#ifndef KERNLANE_SYS_H
#define KERNLANE_SYS_H

#include "base/base.h"

#ifdef __FreeBSD__
#include "base/os/freebsd-calls.h"
#else
#include "base/os/linux-calls.h"
#endif
#if defined(__x86_64__)
#include "base/arch/amd64.h"
#else
#error "the agent has no entry point and system call stub for this architecture yet"
#endif

struct timespec {
  i64 seconds;
  i64 nanoseconds;
};

struct pollfd {
  i32 fd;
  int16_t events;
  int16_t revents;
};
#define POLL_IN 0x001
#define POLL_OUT 0x004
#define POLL_ERROR 0x008
#define POLL_HANGUP 0x010
#define POLL_INVALID 0x020

#define NS_PER_MS 1000000ull
#define PROT_READ_WRITE 3
#define WAIT_NO_HANG 1
#define WAIT_STOPPED 2
#define SIGNAL_KILL 9
#define SIGNAL_PIPE 13

static inline struct result sys0(i64 nr) { return raw_syscall(nr, 0, 0, 0, 0, 0, 0); }
static inline struct result sys1(i64 nr, u64 a) { return raw_syscall(nr, a, 0, 0, 0, 0, 0); }
static inline struct result sys2(i64 nr, u64 a, u64 b) { return raw_syscall(nr, a, b, 0, 0, 0, 0); }
static inline struct result sys3(i64 nr, u64 a, u64 b, u64 c) { return raw_syscall(nr, a, b, c, 0, 0, 0); }

struct result sys_open(const char *path, u32 flags, u32 mode);
struct result sys_read(int fd, void *to, size_t length);
/* Reads on, also after signals, until so many bytes are there or the file ends; how many. */
struct result sys_read_up_to(int fd, u8 *to, size_t most);
struct result sys_write(int fd, const void *from, size_t length);
struct result sys_poll(struct pollfd *fds, u32 count, i64 timeout_ms);
struct result sys_pipe(int fds[2]);
void sys_close(int fd);
/* Closes every descriptor from 3 on but those of the worker's fixed range, first to last. */
void sys_close_others(int first_kept, int last_kept);
struct result sys_dup2(int from, int to);
struct result sys_fork(void);
struct result sys_wait(i32 pid, i32 *status, int options);
/* What wait(2) says of a child that has stopped and not ended: the signal that stopped it; else 0. */
i32 sys_stopped_by(i32 status);
struct result sys_kill(i32 pid, int signal);
i32 sys_getpid(void);
_Noreturn void sys_exit(int status);
/* Of the monotonic clock. */
u64 clock_ns(void);
void sys_sleep_ms(u64 duration_ms);
void sys_yield(void);
/* Shared pages are inherited by fork(2) as the same memory. Null when there is none. */
void *sys_map(size_t length, bool shared);
void sys_unmap(void *at, size_t length);
/* Maps a file or shared memory object, shared. */
void *sys_map_fd(int fd, size_t length);
struct result sys_set_nonblocking(int fd);
void sys_set_close_on_exec(int fd, bool close);
void sys_sync(void);

#endif
