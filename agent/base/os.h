/*
 * What differs between the systems: os/linux.c and os/freebsd.c.
 */
#ifndef KERNLANE_OS_H
#define KERNLANE_OS_H

#include "base/sys.h"

void os_ignore_signal(int signal, bool ignore);
/* What pid 1 needs and no kernel gives it: Linux mounts, FreeBSD descriptors and a session. */
void os_prepare_first_process(void);
/* A terminal passes bytes as they are: no echo, no line editing, no flow control. False, and nothing happens, when it is none. */
bool os_make_raw(int fd);
/* Bytes that a terminal has not sent yet; -1 when it is none. */
i32 os_unsent(int fd);
/* The real device behind a channel's name, where the system does not make that name itself. */
bool os_resolve_channel(const char *path, char *device, size_t size);
/* Whether it is the port of a virtio-serial device, and the kernel drives such a device: a port announces itself a moment after. */
bool os_channel_may_appear(const char *path);
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
/* Whether a call makes a process or thread (fork, clone and their like), by whatever way its number is said. */
bool os_makes_process(i64 number, const u64 *args);
u32 os_cpu_count(void);
/* The kernel does not let go of a killed process: it is made to say on the console which threads are blocked, and by whom. */
void os_tell_blocked(void);
/*
 * The kernel stack of each thread of a process, handed over as text: lines with | between, the first `thread TID …`. Nothing where the
 * kernel does not tell.
 */
void os_kernel_stacks(i32 pid, void (*take)(void *context, const char *text, size_t length), void *context);

/* Names and values of the kernel's identity; value is an empty text when the system has none of that name. */
struct identity {
  char sysname[64], release[128], version[256], machine[64];
  char ident[64], bootfile[128], build_id[64];
  i32 osreldate;
};
void os_identity(struct identity *identity);

extern const char os_name[];

#endif
