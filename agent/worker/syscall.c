#include "worker/forked.h"
#include "worker/perform.h"
#include "worker/reply.h"

/* What the buffers of one reply may take of it; two digits a byte, and each has a key. */
#define ROOM_BYTES (FIELD_BYTES / 2 - 128)

static void remember(struct actor *actor, i64 value) {
  struct remembered *slot = &actor->results[actor->results_count++ % REMEMBERED_RESULTS];
  slot->step = actor->step;
  slot->value = value;
}

/* Trailing zero bytes are left out: the host knows the length. */
static size_t meaningful(const struct buffer *buffer) {
  size_t length = buffer->length;
  while (length > 0 && buffer->at[length - 1] == 0) length--;
  return length;
}

/* What does not fit into one frame together goes ahead in parts; what is left stands in the reply. */
static void send_buffers_ahead(struct actor *actor, const struct call *call, size_t *sent) {
  size_t room = ROOM_BYTES;
  for (u32 at = 0; at < call->buffer_count; at++) {
    const struct buffer *buffer = &call->buffers[at];
    sent[at] = 0;
    if (!buffer->comes_back) continue;
    char field[24] = "buffer";
    format_u64(field + 6, at);
    size_t length = meaningful(buffer);
    while (length - sent[at] > room) {
      size_t piece = length - sent[at] < ROOM_BYTES ? length - sent[at] : ROOM_BYTES;
      reply_part(actor, field, buffer->at + sent[at], piece, true);
      sent[at] += piece;
    }
    room -= length - sent[at];
  }
}

static void add_buffers(struct actor *actor, const struct call *call, const size_t *sent) {
  for (u32 at = 0; at < call->buffer_count; at++) {
    const struct buffer *buffer = &call->buffers[at];
    if (!buffer->comes_back) continue;
    char field[24] = "buffer";
    format_u64(field + 6, at);
    json_hex(&actor->json, field, buffer->at + sent[at], meaningful(buffer) - sent[at]);
  }
}

static void answer_result(struct actor *actor, const struct call *call, struct result result, u64 duration_ns) {
  size_t sent[BUFFERS_PER_CALL];
  remember(actor, result.value);
  send_buffers_ahead(actor, call, sent);
  reply_begin(actor, "syscall", result.error == 0 ? "ok" : "errno");
  json_number(&actor->json, "nr", call->number);
  json_number(&actor->json, "rc", result.value);
  if (result.error != 0) json_number(&actor->json, "errno", result.error);
  add_buffers(actor, call, sent);
  reply_end_timed(actor, duration_ns);
}

static void answer_forked(struct actor *actor, const struct call *call, const struct forked *forked) {
  switch (forked->how) {
    case FORKED_RETURNED:
      answer_result(actor, call, forked->result, forked->duration_ns);
      return;
    case FORKED_ERROR:
      reply_refused(actor, "syscall", "the guest could not fork");
      return;
    case FORKED_SIGNAL:
      reply_begin(actor, "syscall", "signal");
      json_number(&actor->json, "nr", call->number);
      json_number(&actor->json, "signal", forked->signal);
      break;
    case FORKED_EXITED:
      reply_begin(actor, "syscall", "exited");
      json_number(&actor->json, "nr", call->number);
      json_number(&actor->json, "exit", forked->exit_status);
      break;
    case FORKED_TIMED_OUT:
      reply_begin(actor, "syscall", "timed-out");
      json_number(&actor->json, "nr", call->number);
      if (forked->stopped != 0) json_number(&actor->json, "stopped", forked->stopped);
      if (forked->abandoned) json_number(&actor->json, "abandoned", 1);
      break;
  }
  reply_end(actor);
}

/* syscall [fork] NR ARGUMENT… BUFFER… */
void perform_syscall(struct actor *actor, char *cursor) {
  bool fork = text_begins(cursor, "fork ");
  if (fork) next_word(&cursor);
  struct call call;
  const char *wrong = call_parse(actor, &cursor, &call);
  if (wrong == NULL && !fork) wrong = call_refusal(&call);
  if (wrong != NULL) {
    reply_refused(actor, "syscall", wrong);
    return;
  }
  if (fork) {
    struct forked forked = call_make_forked(actor, &call);
    answer_forked(actor, &call, &forked);
    return;
  }
  u64 before = clock_ns();
  struct result result = call_make(&call);
  answer_result(actor, &call, result, clock_ns() - before);
}
