/*
 * The plan: what the agent is told at its start (docs/probe-protocol.md, "Plan").
 */
#ifndef KERNLANE_PLAN_H
#define KERNLANE_PLAN_H

#include "base/base.h"

#define CHANNELS 8

struct plan {
  char run_id[256];
  bool live, power_off;
  char channels[CHANNELS][256];
  size_t channel_count;
  char console[256];
  u64 deadline_ms;
  /* The first step's line, and where the text ends. */
  char *steps, *end;
};

/* Reads a whole file into a mapping of its own. Null when that went well, else what is wrong. */
const char *plan_load(const char *path, char **text, size_t *length);
/* Reads the header. Null when it is well formed, else what is wrong. The text is changed and has to stay. */
const char *plan_parse(struct plan *plan, char *text, size_t length);
/* The next step's line, or null at "end" or the end of the text. */
char *plan_next_step(struct plan *plan);

#endif
