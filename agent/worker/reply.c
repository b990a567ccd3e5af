#include "worker/reply.h"

/* Actors of one process share the descriptor; a line must not be cut by another's. */
static volatile u32 reply_lock;

void reply_cut_off(const struct actor *actor) {
  shared_page->cut_off[actor->process] = CUT_OFF_DESCRIPTORS;
  sys_exit(1);
}

static void write_all(const struct actor *actor, const char *from, const char *end) {
  while (from < end) {
    struct result wrote = sys_write(FD_REPLIES, from, (size_t)(end - from));
    if (wrote.error == 0) {
      from += wrote.value;
    } else if (wrote.error == ERROR_AGAIN) {
      /* A step has made the descriptor non-blocking. */
      struct pollfd writable = {FD_REPLIES, POLL_OUT, 0};
      sys_poll(&writable, 1, 1000);
    } else if (wrote.error != ERROR_INTR) {
      reply_cut_off(actor);
    }
  }
}

static void send_line(struct actor *actor, enum reply_letter letter, size_t length) {
  char head[REPLY_HEAD_BYTES + 24] = {(char)letter, ' '};
  size_t at = 2 + format_u64(head + 2, (u64)actor->thread);
  head[at++] = ' ';
  at += format_u64(head + at, actor->step);
  head[at++] = ' ';
  char *from = actor->json.start - at;
  memcpy(from, head, at);
  actor->json.start[length] = '\n';
  while (__atomic_exchange_n(&reply_lock, 1, __ATOMIC_ACQUIRE) != 0) sys_yield();
  write_all(actor, from, actor->json.start + length + 1);
  __atomic_store_n(&reply_lock, 0, __ATOMIC_RELEASE);
}

void reply_begin(struct actor *actor, const char *kind, const char *status) {
  json_begin(&actor->json, actor->reply + REPLY_HEAD_BYTES, JSON_BYTES, kind, status);
  json_number(&actor->json, "step", actor->step);
}

static void begin_meta(struct actor *actor) {
  json_meta(&actor->json);
  json_text(&actor->json, "context", actor->context);
  json_number(&actor->json, "pid", sys_getpid());
  if (actor->thread > 0) json_number(&actor->json, "tid", actor->os.tid);
}

static void end_meta(struct actor *actor, enum reply_letter letter) {
  if (letter != REPLY_PART && actor->parts > 0) json_number(&actor->json, "parts", actor->parts);
  send_line(actor, letter, json_end(&actor->json));
}

void reply_end_as(struct actor *actor, enum reply_letter letter) {
  begin_meta(actor);
  end_meta(actor, letter);
}

void reply_end(struct actor *actor) { reply_end_as(actor, REPLY_ONLY); }

void reply_end_timed(struct actor *actor, u64 duration_ns) {
  begin_meta(actor);
  json_number(&actor->json, "ns", (i64)duration_ns);
  end_meta(actor, REPLY_ONLY);
}

void reply_refused(struct actor *actor, const char *kind, const char *reason) {
  reply_begin(actor, kind, "refused");
  json_text(&actor->json, "reason", reason);
  reply_end(actor);
}

void reply_errno(struct actor *actor, const char *kind, i32 error) {
  reply_begin(actor, kind, "errno");
  json_number(&actor->json, "errno", error);
  reply_end(actor);
}

void reply_part(struct actor *actor, const char *field, const u8 *bytes, size_t length, bool hex) {
  reply_begin(actor, "part", "more");
  json_text(&actor->json, "of", field);
  if (hex) json_hex(&actor->json, "text", bytes, length);
  else json_bytes(&actor->json, "text", bytes, length);
  reply_end_as(actor, REPLY_PART);
  actor->parts++;
}

void reply_stack(void *actor, const char *text, size_t length) {
  reply_part(actor, "stack", (const u8 *)text, length, false);
  ((struct actor *)actor)->parts--;
}

size_t reply_ahead(struct actor *actor, const char *field, const u8 *bytes, size_t length) {
  size_t sent = 0;
  for (;;) {
    size_t fits = json_fitting(bytes + sent, length - sent, FIELD_BYTES);
    if (fits == length - sent) return sent;
    reply_part(actor, field, bytes + sent, fits, false);
    sent += fits;
  }
}
