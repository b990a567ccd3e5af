#include "worker/perform.h"
#include "worker/reply.h"
#include "worker/values.h"

/* In the arena: lines that are to be sent, then the value that was read. */
#define TEXT_BYTES 8192
#define VALUE_BYTES 4096

struct listing {
  struct actor *actor;
  size_t length;
  u64 total;
  u32 count;
};

static void send_all(struct listing *listing) {
  u8 *text = listing->actor->arena->bytes;
  size_t sent = reply_ahead(listing->actor, "content", text, listing->length);
  if (sent < listing->length) reply_part(listing->actor, "content", text + sent, listing->length - sent, false);
  listing->length = 0;
}

static void add(struct listing *listing, const char *text, size_t length) {
  if (listing->length + length > TEXT_BYTES) send_all(listing);
  memcpy(listing->actor->arena->bytes + listing->length, text, length);
  listing->length += length;
  listing->total += length;
}

static void add_text(struct listing *listing, const char *text) { add(listing, text, text_length(text)); }

static void add_word(struct listing *listing, const char *kind, u64 number) {
  char digits[24];
  add_text(listing, kind);
  add(listing, digits, format_u64(digits, number));
}

/* A text is one line: its other line breaks become blanks. */
static size_t one_line(u8 *bytes, size_t length) {
  length = trimmed_length(bytes, length);
  while (length > 0 && bytes[length - 1] == '\n') length--;
  for (size_t at = 0; at < length; at++) {
    if (bytes[at] == '\n') bytes[at] = ' ';
  }
  return length;
}

static void add_read(struct listing *listing, const struct sysctl *sysctl) {
  u8 *value = listing->actor->arena->bytes + TEXT_BYTES;
  char *numbers = (char *)value + VALUE_BYTES;
  size_t length = VALUE_BYTES;
  struct result got = os_sysctl_read(sysctl, value, &length);
  if (got.error != 0) {
    add_word(listing, " errno ", (u64)got.error);
  } else if (sysctl->kind == SYSCTL_TEXT) {
    add_text(listing, " text ");
    add(listing, (const char *)value, one_line(value, length));
  } else {
    add_word(listing, sysctl->kind == SYSCTL_SIGNED ? " i" : " u", sysctl->width);
    add_text(listing, " ");
    add(listing, numbers, format_numbers(numbers, TEXT_BYTES, sysctl, value, length));
  }
}

/* NAME iWIDTH|uWIDTH NUMBER… or NAME text TEXT or NAME errno NUMBER; what is neither numbers nor a text is left out. */
static void add_counter(struct listing *listing, const struct sysctl *sysctl) {
  if (sysctl->kind == SYSCTL_NODE || sysctl->kind == SYSCTL_OPAQUE) return;
  listing->count++;
  add_text(listing, sysctl->name);
  add_read(listing, sysctl);
  add_text(listing, "\n");
}

static bool is_below(const struct sysctl *sysctl, const struct sysctl *root) {
  return sysctl->depth > root->depth && memcmp(sysctl->numbers, root->numbers, root->depth * sizeof(i32)) == 0;
}

/* Returns whether there was more than may be told. */
static bool list_tree(struct listing *listing, const struct sysctl *root) {
  struct sysctl at = *root;
  if (root->kind != SYSCTL_NODE) {
    add_counter(listing, root);
    return false;
  }
  while (os_sysctl_next(&at).error == 0 && is_below(&at, root)) {
    if (listing->count == COUNTERS || listing->total > PASSED_ON_BYTES) return true;
    add_counter(listing, &at);
  }
  return false;
}

/* sysctl-tree NAME: a sysctl, or all below a node. */
void perform_sysctl_tree(struct actor *actor, char *cursor) {
  char *name = next_word(&cursor);
  if (name == NULL) {
    reply_refused(actor, "sysctl-tree", "the name is missing");
    return;
  }
  unescape_word(name);
  struct sysctl root;
  struct result found = os_sysctl_find(name, &root);
  if (found.error != 0) {
    reply_errno(actor, "sysctl-tree", found.error);
    return;
  }
  struct listing listing = {.actor = actor};
  bool truncated = list_tree(&listing, &root);
  u8 *text = actor->arena->bytes;
  size_t sent = reply_ahead(actor, "content", text, listing.length);
  reply_begin(actor, "sysctl-tree", "ok");
  json_number(&actor->json, "count", listing.count);
  json_bool(&actor->json, "truncated", truncated);
  json_bytes(&actor->json, "content", text + sent, listing.length - sent);
  reply_end(actor);
}
