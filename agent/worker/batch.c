#include "worker/barrier.h"
#include "worker/perform.h"
#include "worker/reply.h"
#include "worker/results.h"

struct batch {
  struct actor *actor;
  struct run_text run;
  u64 calls;
  const char *wrong;
};

static void make_calls(struct batch *batch, const struct call *call) {
  volatile u32 *progress = &shared_page->progress[batch->actor->process][batch->actor->thread];
  bool comes_back = false;
  for (u32 at = 0; at < call->buffer_count; at++) comes_back |= call->buffers[at].comes_back;
  for (u64 again = 0; again < call->repeat; again++) {
    *progress = (u32)batch->calls++;
    struct result result = call_make(call);
    if (!comes_back) run_text_add(&batch->run, result);
    else if (again + 1 == call->repeat) run_text_add_buffers(&batch->run, call, result);
  }
}

/* meet NUMBER PARTIES */
static bool meet(struct batch *batch, char **cursor) {
  u64 number, parties;
  next_word(cursor);
  if (!next_number(cursor, BARRIERS - 1, &number) || !next_number(cursor, 4096, &parties)) {
    batch->wrong = "a meeting is malformed";
    return false;
  }
  char *end = next_word(cursor);
  if (end != NULL && !text_equal(end, ";")) batch->wrong = "a meeting is malformed";
  return batch->wrong == NULL && barrier_meet(batch->actor, (u32)number, (u32)parties);
}

/* batch CALL [xREPEAT] ; meet NUMBER PARTIES ; … */
void perform_batch(struct actor *actor, char *cursor) {
  struct batch batch = {.actor = actor, .run = {.actor = actor}};
  bool in_time = true;
  u64 before = clock_ns();
  while (*cursor != 0 && in_time && batch.wrong == NULL) {
    if (text_begins(cursor, "meet ")) {
      in_time = meet(&batch, &cursor);
      continue;
    }
    struct call call;
    batch.wrong = call_parse(actor, &cursor, &call);
    if (batch.wrong == NULL) batch.wrong = call_refusal(&call);
    if (batch.wrong == NULL) make_calls(&batch, &call);
  }
  u64 duration_ns = clock_ns() - before;
  run_text_finish(&batch.run);
  reply_begin(actor, "batch", batch.wrong != NULL ? "refused" : in_time ? "ok" : "timed-out");
  json_number(&actor->json, "calls", (i64)batch.calls);
  json_bytes(&actor->json, "results", batch.run.text, batch.run.length);
  if (batch.wrong != NULL) json_text(&actor->json, "reason", batch.wrong);
  reply_end_timed(actor, duration_ns);
}
