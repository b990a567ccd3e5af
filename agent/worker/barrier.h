/*
 * Barriers in the shared page: meeting at one, and leaving it without having met.
 */
#ifndef KERNLANE_BARRIER_H
#define KERNLANE_BARRIER_H

#include "worker/actor.h"

/* Waits until as many as parties have come. False when they did not in time. */
bool barrier_meet(const struct actor *actor, u32 number, u32 parties);
/* Counts an actor that waits, and has died or gives up, as not come. False when it did not wait, or has been met. */
bool barrier_leave(int process, int thread);

/* The step barrier NUMBER PARTIES. */
void perform_barrier(struct actor *actor, char *cursor);

#endif
