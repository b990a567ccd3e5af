/*
 * An actor carries out steps: the main thread of a worker process, or another thread of it. Each has a descriptor on which
 * lines arrive; all actors of a process answer on one.
 */
#ifndef KERNLANE_ACTOR_H
#define KERNLANE_ACTOR_H

#include "base/json.h"
#include "base/os.h"
#include "base/words.h"
#include "worker/shared.h"

#define REMEMBERED_RESULTS 64
/* In front of a reply's JSON: its letter, the thread and the step. */
#define REPLY_HEAD_BYTES 24

struct actor {
  int process, thread;
  char context[2 * CONTEXT_NAME_BYTES + 2];
  i32 tid;
  struct lines requests;
  int requests_fd;
  /* What a step's buffers are made of: shared with forked children. */
  struct arena *arena;
  struct json json;
  char reply[REPLY_HEAD_BYTES + JSON_BYTES + 1];
  u32 step;
  /* Of this step's reply, sent ahead of it. */
  u32 parts;
  u64 until_ns;
  struct remembered {
    u32 step;
    i64 value;
  } results[REMEMBERED_RESULTS];
  u32 results_count;
  struct os_thread os;
};

struct arena {
  struct result result;
  u64 duration_ns;
  u32 returned;
  _Alignas(16) u8 bytes[BUFFER_BYTES];
};

#endif
