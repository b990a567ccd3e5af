/*
 * Bytes on their way to a descriptor. Nothing here waits for its reader: what the descriptor does not take at once stays in a buffer
 * of fixed size, and whoever has more to say asks first whether there is room.
 */
#ifndef KERNLANE_OUTPUT_H
#define KERNLANE_OUTPUT_H

#include "base/sys.h"

struct output {
  int fd;
  /* Opened by the agent, which made it non-blocking; an inherited one has flags that are not the agent's to change. */
  bool nonblocking;
  char *buffer;
  size_t size, start, end;
  /* Since when its reader has taken nothing of what waits; 0 when nothing waits. */
  u64 stuck_since_ns;
  /* What the device still had to send when it was last waited for in vain; 0 when that was not in vain. */
  i32 unsent;
  /* Of the last write that failed for good; what waited was lost then. */
  i32 error;
};

size_t output_room(const struct output *output);
/* False, and nothing is added, when there is no room for all of it. */
bool output_add(struct output *output, const char *bytes, size_t length);
/* Writes what the descriptor takes now. */
void output_flush(struct output *output);
bool output_waits(const struct output *output);
/* Forgets what waits. */
void output_drop(struct output *output);
/* Writes all of it, and lets the device send all of it, waiting no longer than that. */
void output_drain(struct output *output, u64 most_ns);

#endif
