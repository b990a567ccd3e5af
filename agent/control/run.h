/*
 * The run as a whole: its plan, and how it ends.
 */
#ifndef KERNLANE_RUN_H
#define KERNLANE_RUN_H

#include "control/plan.h"

struct run {
  struct plan plan;
  bool first_process;
  /* For everything together; 0 is without end. */
  u64 until_ns;
  u32 steps_done;
  bool ending;
  const char *end_status;
  /* "power-off", "reboot" or "halt" when a step asked for it. */
  const char *end_action;
  bool without_end_frame;
};

extern struct run run;

#endif
