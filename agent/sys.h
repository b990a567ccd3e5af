/*
 * The system calls that the agent makes for itself, the same for both systems, and what differs between them
 * (os/linux.c, os/freebsd.c).
 */
#ifndef KERNLANE_SYS_H
#define KERNLANE_SYS_H

#include "base.h"

#if defined(__x86_64__)
#include "arch/amd64.h"
#else
#error "the agent has no entry point and system call stub for this architecture yet"
#endif
#ifdef __FreeBSD__
#include "os/freebsd.h"
#else
#include "os/linux.h"
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

#define PROT_READ_WRITE 3
#define WAIT_NO_HANG 1
#define SIGNAL_KILL 9
#define SIGNAL_PIPE 13

static inline struct result sys0(i64 nr) { return raw_syscall(nr, 0, 0, 0, 0, 0, 0); }
static inline struct result sys1(i64 nr, u64 a) { return raw_syscall(nr, a, 0, 0, 0, 0, 0); }
static inline struct result sys2(i64 nr, u64 a, u64 b) { return raw_syscall(nr, a, b, 0, 0, 0, 0); }
static inline struct result sys3(i64 nr, u64 a, u64 b, u64 c) { return raw_syscall(nr, a, b, c, 0, 0, 0); }

struct result sys_open(const char *path, u32 flags, u32 mode);
struct result sys_read(int fd, void *to, size_t length);
struct result sys_write(int fd, const void *from, size_t length);
struct result sys_poll(struct pollfd *fds, u32 count, i64 timeout_ms);
struct result sys_pipe(int fds[2]);
void sys_close(int fd);
/* Closes every descriptor from 3 on but those of the worker's fixed range, first to last. */
void sys_close_others(int first_kept, int last_kept);
struct result sys_dup2(int from, int to);
struct result sys_fork(void);
struct result sys_wait(i32 pid, i32 *status, int options);
struct result sys_kill(i32 pid, int signal);
i32 sys_getpid(void);
_Noreturn void sys_exit(int status);
void sys_clock(struct timespec *now);
void sys_sleep_ms(u64 duration_ms);
void sys_yield(void);
/* Shared pages are inherited by fork(2) as the same memory. Null when there is none. */
void *sys_map(size_t length, bool shared);
void sys_unmap(void *at, size_t length);
/* Maps a file or shared memory object, shared. */
void *sys_map_fd(int fd, size_t length);
struct result sys_set_nonblocking(int fd);
void sys_signal_ignore(int signal, bool ignore);
void sys_sync(void);

/* --- What differs between the systems --- */

/* Mounts what pid 1 needs to see devices and processes; nothing to do on FreeBSD, where rc has done it. */
void os_prepare_first_process(void);
/* A terminal passes bytes as they are: no echo, no line editing, no flow control. Not a terminal: nothing happens. */
void os_make_raw(int fd);
/* Bytes that a terminal has not sent yet; -1 when it is none. */
i32 os_unsent(int fd);
/* The real device behind a channel's name, where the system does not make that name itself. */
bool os_resolve_channel(const char *path, char *device, size_t size);
/* Waits while *word is expected, at most timeout_ns; woken by os_wake. Works across processes that share the page. */
void os_wait(volatile u32 *word, u32 expected, u64 timeout_ns);
void os_wake(volatile u32 *word);

struct os_thread {
  /* Not 0 while the kernel has the thread. */
  volatile i64 running;
  i64 tid;
};
struct result os_thread_start(struct os_thread *thread, void *stack, size_t stack_bytes,
                              void (*function)(void *), void *argument);
_Noreturn void os_thread_exit(struct os_thread *thread);
/* Waits until the kernel has let go of the thread. False when it still has it after timeout_ns. */
bool os_thread_gone(struct os_thread *thread, u64 timeout_ns);

/* A shared memory object that outlives execve(2) by its descriptor; an error where the kernel has none. */
struct result os_shared_memory(size_t length);
struct result os_execute_self(int fd, char **argv, char **environment);
/* "power-off", "reboot" or "halt"; comes back only when the kernel refuses. */
struct result os_power(const char *action);
/* Calls that would leave a second agent behind: fork, clone and their like. */
bool os_duplicates(i64 number);
u32 os_cpu_count(void);
struct result os_sysctl(const char *name, void *to, size_t *length);

/* Names and values of the kernel's identity; value is an empty text when the system has none of that name. */
struct identity {
  char sysname[64], release[128], version[256], machine[64];
  char ident[64], bootfile[128];
  i32 osreldate;
};
void os_identity(struct identity *identity);

extern const char os_name[];

#endif
