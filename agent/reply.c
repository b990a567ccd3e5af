#include "actor.h"

/* Actors of one process share the descriptor; a line must not be cut by another's. */
static volatile u32 reply_lock;

static void send_line(struct actor *actor, char kind) {
  char *at = actor->json.at;
  *at++ = '\n';
  char head[8] = {(char)('a' + actor->thread), kind};
  /* The head's place is in front of the JSON: the buffer was begun two bytes in. */
  memcpy(actor->json.start - 2, head, 2);
  const char *from = actor->json.start - 2;
  while (__atomic_exchange_n(&reply_lock, 1, __ATOMIC_ACQUIRE) != 0) sys_yield();
  while (from < at) {
    struct result wrote = sys_write(FD_REPLIES, from, (size_t)(at - from));
    if (wrote.error != 0 && wrote.error != ERROR_INTR) break;
    if (wrote.error == 0) from += wrote.value;
  }
  __atomic_store_n(&reply_lock, 0, __ATOMIC_RELEASE);
}

void reply_begin(struct actor *actor, const char *kind, const char *status) {
  json_begin(&actor->json, actor->reply + 2, sizeof actor->reply - 2);
  json_raw(&actor->json, "{");
  json_text_field(&actor->json, "kind", kind);
  json_text_field(&actor->json, "status", status);
  json_raw(&actor->json, ",\"data\":{");
  json_number_field(&actor->json, "step", actor->step);
}

static void end_with_meta(struct actor *actor, bool timed, u64 duration_ns, char kind) {
  json_raw(&actor->json, "},\"meta\":{");
  json_text_field(&actor->json, "context", actor->context);
  json_number_field(&actor->json, "pid", sys_getpid());
  if (actor->thread > 0) json_number_field(&actor->json, "tid", actor->os.tid);
  if (timed) json_number_field(&actor->json, "ns", (i64)duration_ns);
  if (kind == 'R' && actor->parts > 0) json_number_field(&actor->json, "parts", actor->parts);
  json_raw(&actor->json, "}}");
  send_line(actor, kind);
}

void reply_end(struct actor *actor) { end_with_meta(actor, false, 0, 'R'); }

void reply_end_timed(struct actor *actor, u64 duration_ns) {
  end_with_meta(actor, true, duration_ns, 'R');
}

void reply_refused(struct actor *actor, const char *kind, const char *reason) {
  reply_begin(actor, kind, "refused");
  json_text_field(&actor->json, "reason", reason);
  reply_end(actor);
}

void reply_errno(struct actor *actor, const char *kind, i32 error) {
  reply_begin(actor, kind, "errno");
  json_number_field(&actor->json, "errno", error);
  reply_end(actor);
}

void reply_part(struct actor *actor, const char *field, const u8 *bytes, size_t length, bool hex) {
  reply_begin(actor, "part", "more");
  json_text_field(&actor->json, "of", field);
  json_key(&actor->json, "text");
  if (hex) {
    json_raw(&actor->json, "\"");
    json_hex(&actor->json, bytes, length);
    json_raw(&actor->json, "\"");
  } else {
    json_string(&actor->json, bytes, length);
  }
  end_with_meta(actor, false, 0, 'P');
  actor->parts++;
}
