/*
 * Programs of the guest, each in a process group of its own, and their output.
 */
#ifndef KERNLANE_PROGRAMS_H
#define KERNLANE_PROGRAMS_H

#include "base/sys.h"

#define PROGRAMS 8
#define PROGRAMS_POLLED (2 * PROGRAMS)

/* program LIMIT a:PATH a:ARG… e:KEY=VALUE… */
void program_start(int step);
/* A child has ended, perhaps one of these. */
void programs_reaped(i32 pid, i32 status);
u32 programs_poll(struct pollfd *fds);
/* Passes on what they said, as far as frames fit. */
void programs_read(void);
/* Answers for those that have ended, kills those that are overdue. */
void programs_check(u64 now);
bool programs_running(void);
void programs_kill_all(void);

#endif
