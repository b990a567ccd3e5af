/*
 * A call in a forked child, so that a signal or an exit is a result and the process lives on.
 */
#ifndef KERNLANE_FORKED_H
#define KERNLANE_FORKED_H

#include "worker/call.h"

struct forked {
  enum { FORKED_RETURNED, FORKED_SIGNAL, FORKED_EXITED, FORKED_TIMED_OUT, FORKED_ERROR } how;
  struct result result;
  u64 duration_ns;
  i32 signal, exit_status;
  /* The signal that stopped it, when it was stopped at its deadline. */
  i32 stopped;
  /* Killed, and the kernel still has it. */
  bool abandoned;
};

/* What the call itself makes, where it is a fork or the like, ends at once; the result is its parent's. */
struct forked call_make_forked(struct actor *actor, const struct call *call);

#endif
