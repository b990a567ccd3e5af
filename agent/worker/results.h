/*
 * The results of many calls as compact text: a value, or e and an errno, each with *COUNT when it came more than once;
 * comma between (docs/probe-protocol.md, "Compact results").
 */
#ifndef KERNLANE_RESULTS_H
#define KERNLANE_RESULTS_H

#include "worker/call.h"

/* "0", "-3" or "e78"; at least 24 bytes. */
size_t format_result(char *to, struct result result);

/* Results in their order, equal neighbours counted. */
struct run_text {
  struct actor *actor;
  char text[FIELD_BYTES];
  size_t length;
  struct result last;
  u64 count;
};

void run_text_add(struct run_text *run, struct result result);
/* A result with buffers that come back, as hexadecimal digits after a slash each; it is never counted together. */
void run_text_add_buffers(struct run_text *run, const struct call *call, struct result result);
void run_text_finish(struct run_text *run);

#endif
