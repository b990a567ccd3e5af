/*
 * Deadlines of steps, and the answers for workers that have died.
 */
#ifndef KERNLANE_OVERDUE_H
#define KERNLANE_OVERDUE_H

#include "base/base.h"

/* Answers the steps of those that died, kills those that are overdue. */
void processes_check(u64 now);
/* Whether a process is being killed or has gone silent, which is to be looked at again soon. */
bool processes_dying(void);

#endif
