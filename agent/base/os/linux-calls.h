/* Linux, amd64: numbers from the kernel's uapi headers. */
#ifndef KERNLANE_CALLS_H
#define KERNLANE_CALLS_H

#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_OPEN 2
#define SYS_CLOSE 3
#define SYS_POLL 7
#define SYS_MMAP 9
#define SYS_MUNMAP 11
#define SYS_SIGACTION 13
#define SYS_IOCTL 16
#define SYS_SCHED_YIELD 24
#define SYS_DUP2 33
#define SYS_NANOSLEEP 35
#define SYS_GETPID 39
#define SYS_FORK 57
#define SYS_VFORK 58
#define SYS_WAIT4 61
#define SYS_KILL 62
#define SYS_UNAME 63
#define SYS_FCNTL 72
#define SYS_FTRUNCATE 77
#define SYS_MKDIR 83
#define SYS_SETPGID 109
#define SYS_GETPPID 110
#define SYS_MKNOD 133
#define SYS_SYNC 162
#define SYS_MOUNT 165
#define SYS_REBOOT 169
#define SYS_EXECVE 59
#define SYS_EXIT_THREAD 60
#define SYS_CLONE 56
#define SYS_FUTEX 202
#define SYS_SCHED_GETAFFINITY 204
#define SYS_GETDENTS64 217
#define SYS_CLOCK_GETTIME 228
#define SYS_EXIT 231
#define SYS_PIPE2 293
#define SYS_MEMFD_CREATE 319
#define SYS_EXECVEAT 322
#define SYS_CLONE3 435
#define SYS_CLOSE_RANGE 436
/* The same calls for programs with 32-bit pointers, where the kernel has those. */
#define X32_BIT 0x40000000

/* What tells the caller of clone(2) from what it made, a thread included, and what ends that one alone. */
#define SYS_WHO_AM_I 186 /* gettid */
#define SYS_END_ALONE SYS_EXIT_THREAD

#define OPEN_READ 0
#define OPEN_WRITE 1
#define OPEN_READ_WRITE 2
#define OPEN_CREATE 0100
#define OPEN_NO_CTTY 0400
#define OPEN_NONBLOCK 04000
#define OPEN_CLOEXEC 02000000

#define MAP_SHARED_FILE 0x01
#define MAP_SHARED_ANON 0x21
#define MAP_PRIVATE_ANON 0x22

#define CLOCK_MONOTONIC 1
#define ERROR_AGAIN 11
#define ERROR_NOENT 2
#define ERROR_INTR 4
#define ERROR_IO 5
#define ERROR_NOMEM 12
#define ERROR_EXIST 17

/* AT_EXECFN */
#define OS_AUX_PATH 31

#endif
