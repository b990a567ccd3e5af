/*
 * What workers answer, and what that changes.
 */
#ifndef KERNLANE_REPLIES_H
#define KERNLANE_REPLIES_H

#include "base/sys.h"
#include "control/contexts.h"

/* Reads what a process has said, as far as frames fit. */
void replies_read(int process);
/* Whether there is more to be read. */
bool replies_wait(int process);

/* One descriptor for each process that is listened to. */
u32 replies_poll(struct pollfd *fds);
/* Reads where poll(2) said so, and where something was left before. */
void replies_polled(const struct pollfd *fds, u32 count);

#endif
