/*
 * What an actor answers, as lines to the controller: LETTER THREAD STEP JSON.
 */
#ifndef KERNLANE_REPLY_H
#define KERNLANE_REPLY_H

#include "worker/actor.h"

/* The letter says what the reply changes for the controller. */
enum reply_letter {
  REPLY_ONLY = 'R',
  /* One of the parts that go ahead of a reply. */
  REPLY_PART = 'P',
  REPLY_THREAD_STARTED = 'T',
  REPLY_THREAD_ENDS = 'X',
  REPLY_EXECUTED = 'E',
};

/* Begins {"kind":…,"status":…,"data":{"step":N and leaves data open. */
void reply_begin(struct actor *actor, const char *kind, const char *status);
/* Ends data, adds meta and sends it. */
void reply_end(struct actor *actor);
void reply_end_as(struct actor *actor, enum reply_letter letter);
/* The same with how long a call took. */
void reply_end_timed(struct actor *actor, u64 duration_ns);
/* A whole reply of status "refused" with its reason. */
void reply_refused(struct actor *actor, const char *kind, const char *reason);
/* A whole reply of status "errno". */
void reply_errno(struct actor *actor, const char *kind, i32 error);
/* One piece of a field that is too long for one frame, as text or as hexadecimal digits. */
void reply_part(struct actor *actor, const char *field, const u8 *bytes, size_t length, bool hex);
/* A thread's kernel stack, ahead of a reply that counts without it. */
void reply_stack(void *actor, const char *text, size_t length);
/* Text that is too long for one frame when escaped goes ahead in parts; returns how much of the front was sent. */
size_t reply_ahead(struct actor *actor, const char *field, const u8 *bytes, size_t length);

/* Ends the process, and lets the controller know why: its descriptors are closed, or something else has their numbers. */
_Noreturn void reply_cut_off(const struct actor *actor);

#endif
