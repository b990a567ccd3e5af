#include "worker/perform.h"
#include "worker/reply.h"
#include "worker/values.h"

#define CHUNK 1024

/* int and long say the bytes as a number of the length that they have; string and opaque as text and as digits. */
static void read_as(struct sysctl *sysctl, const char *format, size_t length) {
  bool number = text_equal(format, "int") || text_equal(format, "long");
  if (text_equal(format, "auto") || (number && sysctl->kind == SYSCTL_TEXT)) return;
  sysctl->kind = text_equal(format, "string") ? SYSCTL_TEXT : SYSCTL_OPAQUE;
  if (!number || (length != 8 && (length != 4 || text_equal(format, "long")))) return;
  sysctl->kind = SYSCTL_SIGNED;
  sysctl->width = (u32)length;
}

static void answer_value(struct actor *actor, const struct sysctl *sysctl, const u8 *bytes, size_t length) {
  size_t sent = 0;
  if (sysctl->kind == SYSCTL_TEXT) {
    length = trimmed_length(bytes, length);
    sent = reply_ahead(actor, "value", bytes, length);
  } else if (sysctl->kind == SYSCTL_OPAQUE || sysctl->kind == SYSCTL_NODE) {
    for (; length - sent > CHUNK; sent += CHUNK) reply_part(actor, "value", bytes + sent, CHUNK, true);
  }
  reply_begin(actor, "sysctl", "ok");
  add_value(&actor->json, "value", sysctl, bytes + sent, length - sent);
  reply_end(actor);
}

/* sysctl auto|int|long|string|opaque NAME */
void perform_sysctl(struct actor *actor, char *cursor) {
  char *format = next_word(&cursor), *name = next_word(&cursor);
  if (format == NULL || name == NULL) {
    reply_refused(actor, "sysctl", "the format or the name is missing");
    return;
  }
  unescape_word(name);
  struct sysctl sysctl;
  size_t length = BUFFER_BYTES;
  struct result got = os_sysctl_find(name, &sysctl);
  if (got.error == 0) got = os_sysctl_read(&sysctl, actor->arena->bytes, &length);
  if (got.error != 0) {
    reply_errno(actor, "sysctl", got.error);
    return;
  }
  read_as(&sysctl, format, length);
  answer_value(actor, &sysctl, actor->arena->bytes, length);
}

static const char *write_value(struct sysctl *sysctl, const char *text, struct result *result) {
  u8 bytes[SYSCTL_VALUE_BYTES];
  size_t length;
  if (!parse_value(sysctl, text, bytes, &length)) return "the sysctl has no such value";
  *result = os_sysctl_write(sysctl, bytes, length);
  return NULL;
}

static const char *read_value(struct sysctl *sysctl, struct kept_sysctl *now, struct result *result) {
  now->length = sizeof now->value;
  *result = os_sysctl_read(sysctl, now->value, &now->length);
  if (result->error != 0) return NULL;
  bool number = sysctl->kind == SYSCTL_SIGNED || sysctl->kind == SYSCTL_UNSIGNED;
  if (number && now->length != sysctl->width) return "the sysctl is more than one number";
  if (sysctl->kind == SYSCTL_TEXT) now->length = trimmed_length(now->value, now->length);
  text_copy(now->name, sizeof now->name, sysctl->name);
  now->kept = true;
  return NULL;
}

static void answer_set(struct actor *actor, const struct sysctl *sysctl, const struct kept_sysctl *before) {
  u8 after[SYSCTL_VALUE_BYTES];
  size_t length = sizeof after;
  struct result got = os_sysctl_read(sysctl, after, &length);
  reply_begin(actor, "sysctl-set", got.error == 0 ? "ok" : "errno");
  if (got.error != 0) json_number(&actor->json, "errno", got.error);
  add_value(&actor->json, "before", sysctl, before->value, before->length);
  if (got.error == 0) add_value(&actor->json, "after", sysctl, after, length);
  reply_end(actor);
}

/* sysctl-set SLOT|- NAME VALUE: what it was is kept in the slot for sysctl-restore. */
void perform_sysctl_set(struct actor *actor, char *cursor) {
  u64 slot = SYSCTLS_SET;
  char *where = next_word(&cursor), *name = next_word(&cursor), *value = next_word(&cursor);
  bool placed = where != NULL && (text_equal(where, "-") || (parse_number(where, &slot) && slot < SYSCTLS_SET));
  if (!placed || value == NULL) {
    reply_refused(actor, "sysctl-set", "the slot, the name or the value is malformed");
    return;
  }
  unescape_word(name);
  unescape_word(value);
  struct sysctl sysctl;
  struct kept_sysctl before = {.kept = false};
  struct result result = os_sysctl_find(name, &sysctl);
  const char *wrong = result.error == 0 ? read_value(&sysctl, &before, &result) : NULL;
  if (wrong == NULL && result.error == 0) wrong = write_value(&sysctl, value, &result);
  /* What could not be written is not written back either. */
  if (wrong == NULL && result.error == 0 && slot < SYSCTLS_SET) shared_page->sysctls[slot] = before;
  if (wrong != NULL) reply_refused(actor, "sysctl-set", wrong);
  else if (result.error != 0) reply_errno(actor, "sysctl-set", result.error);
  else answer_set(actor, &sysctl, &before);
}

/* sysctl-restore SLOT: nothing is done where nothing was kept. */
void perform_sysctl_restore(struct actor *actor, char *cursor) {
  u64 slot;
  if (!next_number(&cursor, SYSCTLS_SET - 1, &slot)) {
    reply_refused(actor, "sysctl-restore", "the slot is malformed");
    return;
  }
  struct kept_sysctl *kept = &shared_page->sysctls[slot];
  struct sysctl sysctl;
  struct result result = {0, 0};
  if (kept->kept) result = os_sysctl_find(kept->name, &sysctl);
  if (kept->kept && result.error == 0) result = os_sysctl_write(&sysctl, kept->value, kept->length);
  kept->kept = false;
  if (result.error != 0) {
    reply_errno(actor, "sysctl-restore", result.error);
    return;
  }
  reply_begin(actor, "sysctl-restore", "ok");
  reply_end(actor);
}
