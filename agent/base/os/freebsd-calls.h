/*
 * FreeBSD, amd64: numbers from sys/sys/syscall.h and its headers as of 13.1; nothing here is newer, so that 13, 14 and 15
 * all serve.
 */
#ifndef KERNLANE_CALLS_H
#define KERNLANE_CALLS_H

#define SYS_SYSCALL 0
#define SYS_EXIT 1
#define SYS_FORK 2
#define SYS_READ 3
#define SYS_WRITE 4
#define SYS_OPEN 5
#define SYS_CLOSE 6
#define SYS_WAIT4 7
#define SYS_GETPID 20
#define SYS_SYNC 36
#define SYS_KILL 37
#define SYS_SETLOGIN 50
#define SYS_IOCTL 54
#define SYS_REBOOT 55
#define SYS_EXECVE 59
#define SYS_VFORK 66
#define SYS_MUNMAP 73
#define SYS_SETPGID 82
#define SYS_DUP2 90
#define SYS_FCNTL 92
#define SYS_SETSID 147
#define SYS___SYSCALL 198
#define SYS_SYSCTL 202
#define SYS_POLL 209
#define SYS_CLOCK_GETTIME 232
#define SYS_NANOSLEEP 240
#define SYS_RFORK 251
#define SYS_SCHED_YIELD 331
#define SYS_NMOUNT 378
#define SYS_KENV 390
#define SYS_SIGACTION 416
#define SYS_THR_EXIT 431
#define SYS_THR_CREATE 430
#define SYS_UMTX_OP 454
#define SYS_THR_NEW 455
#define SYS_MMAP 477
#define SYS_FTRUNCATE 480
#define SYS_FEXECVE 492
#define SYS_PDFORK 518
#define SYS_PIPE2 542
#define SYS_SHM_OPEN2 571
#define SYS_CLOSE_RANGE 575

/* What tells the caller of fork(2) from the child, and what ends that one alone. */
#define SYS_WHO_AM_I SYS_GETPID
#define SYS_END_ALONE SYS_EXIT

#define OPEN_READ 0
#define OPEN_WRITE 1
#define OPEN_READ_WRITE 2
#define OPEN_CREATE 0x200
#define OPEN_NO_CTTY 0x8000
#define OPEN_NONBLOCK 0x4
#define OPEN_CLOEXEC 0x100000

#define MAP_SHARED_FILE 0x0001
#define MAP_SHARED_ANON 0x1001
#define MAP_PRIVATE_ANON 0x1002

#define CLOCK_MONOTONIC 4
#define ERROR_AGAIN 35
#define ERROR_INTR 4
#define ERROR_IO 5
#define ERROR_NOMEM 12
#define ERROR_EXIST 17

/* AT_EXECPATH */
#define OS_AUX_PATH 15

#endif
