/*
 * Handing steps to the actor of their context.
 */
#ifndef KERNLANE_REQUESTS_H
#define KERNLANE_REQUESTS_H

#include "base/sys.h"
#include "control/contexts.h"

/* Hands a step to the process or thread of its context. */
void request_hand(int step);
/* thread NAME and join NAME: the worker is told which of its places is meant. */
void request_hand_thread(int step, bool join);

/* What a worker did not take at once is written when it takes more: at most as many descriptors as there are actors. */
u32 requests_poll(struct pollfd *fds);
void requests_write(void);

#endif
