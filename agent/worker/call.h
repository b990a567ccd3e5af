/*
 * One raw system call: its arguments out of a request line, its buffers in the actor's arena, the call itself, in place or
 * in a forked child (docs/probe-protocol.md, "Calls").
 */
#ifndef KERNLANE_CALL_H
#define KERNLANE_CALL_H

#include "worker/actor.h"

struct call {
  i64 number;
  u64 args[ARGS_PER_CALL];
  u32 buffer_count;
  struct buffer {
    u8 *at;
    u32 length;
    bool comes_back;
  } buffers[BUFFERS_PER_CALL];
  /* How often a batch makes it. */
  u64 repeat;
};

/*
 * Reads a call up to the end of the line or a ";". Null when it is well formed, else what is wrong with it. The arena's
 * buffers are laid out again.
 */
const char *call_parse(struct actor *actor, char **cursor, struct call *call);
/* Null when the call can be made in the actor's own process, else why it cannot. */
const char *call_refusal(const struct call *call);

static inline struct result call_make(const struct call *call) {
  const u64 *args = call->args;
  return raw_syscall(call->number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

#endif
