/*
 * The table of steps that wait or run, and their replies.
 */
#ifndef KERNLANE_STEPS_H
#define KERNLANE_STEPS_H

#include "base/json.h"
#include "control/contexts.h"

#define STEPS 4096
#define INLINE_BYTES 256

struct step {
  bool used, running;
  /* A worker has it. */
  bool handed;
  u32 id;
  int context, next_of_context;
  u64 deadline_ms, until_ns;
  /* Parts of the request's line. */
  const char *after, *name;
  char *operation, *operands;
  /* A live request is kept here, or in a mapping of its own when it is longer. */
  char line[INLINE_BYTES];
  char *mapped;
  size_t mapped_bytes;
};

extern struct step steps[STEPS];

/* Called with every reply that ends a step: whoever took the step may want to keep it. Null until somebody does. */
extern void (*steps_answered)(u32 id, const char *json, size_t length);

/* Takes a request line of a plan, without its id, which has to stay until the step is finished. */
void step_add(u32 id, char *line);
/* The same with a copy of the line. False when there is no room: try again later. */
bool step_add_copy(u32 id, const char *line, size_t length);
bool steps_full(void);
bool step_pending(u32 id);
u32 steps_pending(void);
bool steps_running(void);
/* The first step of a context that is running with this process, or NONE. */
int step_handed_in(int context, int process);

/* Sends the reply of a step and forgets the step. */
void step_finish(int step, const char *json, size_t length);
/* A reply that the controller makes itself: begins it up to data's first field, and finishes the step with it. */
void answer_begin(struct json *json, int step, const char *kind, const char *status);
void answer_finish(struct json *json, int step);
void answer_refused(int step, const char *kind, const char *reason);
/* A frame that ends no step: ends what answer_begin began with NONE, and sends it. */
void answer_send(struct json *json);

/* The kernel stack of one thread, for `stacks_read`: goes ahead of the reply of a step (the context), as a part of its field `stack`. */
void send_stack(void *step, const char *text, size_t length);

#endif
