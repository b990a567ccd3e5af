#include "worker/perform.h"
#include "worker/reply.h"

/* How much of a file is read, and of a field is sent, at once. */
#define CHUNK 1024

/* The next chunk, filled as far as the file and the limit give. */
static struct result read_chunk(int fd, u8 *to, size_t most) {
  size_t filled = 0;
  while (filled < most) {
    struct result got = sys_read(fd, to + filled, most - filled);
    if (got.error == ERROR_INTR) continue;
    if (got.error != 0) return got;
    if (got.value == 0) break;
    filled += (size_t)got.value;
  }
  return (struct result){(i64)filled, 0};
}

/* Text that is too long for one frame when escaped goes ahead in parts; returns how much of the front was sent. */
static size_t send_ahead(struct actor *actor, const char *field, const u8 *bytes, size_t length) {
  size_t sent = 0;
  for (;;) {
    size_t fits = json_fitting(bytes + sent, length - sent, FIELD_BYTES);
    if (fits == length - sent) return sent;
    reply_part(actor, field, bytes + sent, fits, false);
    sent += fits;
  }
}

static void answer_content(struct actor *actor, int fd, u64 limit) {
  u8 *chunk = actor->arena->bytes, *ahead = chunk + CHUNK;
  struct result held = read_chunk(fd, chunk, limit < CHUNK ? limit : CHUNK);
  u64 total = held.error == 0 ? (u64)held.value : 0;
  bool more = held.error == 0 && held.value > 0;
  struct result next = {0, 0};
  while (more) {
    /* One byte beyond the limit is asked for, to see whether there is more. */
    u64 room = limit - total;
    next = read_chunk(fd, ahead, room == 0 ? 1 : room < CHUNK ? room : CHUNK);
    if (next.error != 0 || next.value == 0 || room == 0) break;
    size_t sent = send_ahead(actor, "content", chunk, (size_t)held.value);
    reply_part(actor, "content", chunk + sent, (size_t)held.value - sent, false);
    memcpy(chunk, ahead, (size_t)next.value);
    held = next;
    total += (u64)next.value;
  }
  i32 error = held.error != 0 ? held.error : next.error;
  size_t length = held.error == 0 ? (size_t)held.value : 0;
  size_t sent = send_ahead(actor, "content", chunk, length);
  reply_begin(actor, "read-file", error == 0 ? "ok" : "errno");
  if (error != 0) json_number(&actor->json, "errno", error);
  json_number(&actor->json, "bytes", (i64)total);
  json_bool(&actor->json, "truncated", error == 0 && more && total == limit && next.value > 0);
  json_bytes(&actor->json, "content", chunk + sent, length - sent);
  reply_end(actor);
}

/* read-file LIMIT PATH */
void perform_read_file(struct actor *actor, char *cursor) {
  u64 limit;
  char *path;
  if (!next_number(&cursor, PASSED_ON_BYTES, &limit) || (path = next_word(&cursor)) == NULL) {
    reply_refused(actor, "read-file", "the limit or the path is malformed");
    return;
  }
  unescape_word(path);
  struct result opened = sys_open(path, OPEN_READ | OPEN_NO_CTTY, 0);
  if (opened.error != 0) {
    reply_errno(actor, "read-file", opened.error);
    return;
  }
  answer_content(actor, (int)opened.value, limit);
  sys_close((int)opened.value);
}

/* write-file PATH HEX */
void perform_write_file(struct actor *actor, char *cursor) {
  char *path = next_word(&cursor), *hex = next_word(&cursor);
  if (path == NULL || hex == NULL) {
    reply_refused(actor, "write-file", "the path or the bytes are missing");
    return;
  }
  unescape_word(path);
  u8 *bytes = actor->arena->bytes;
  size_t length = 0;
  for (; *hex != '-' && *hex != 0; hex += 2) {
    int high = hex_digit(hex[0]), low = high < 0 ? -1 : hex_digit(hex[1]);
    if (low < 0 || length == BUFFER_BYTES) {
      reply_refused(actor, "write-file", "the bytes are malformed");
      return;
    }
    bytes[length++] = (u8)(high << 4 | low);
  }
  struct result opened = sys_open(path, OPEN_WRITE | OPEN_CREATE | OPEN_NO_CTTY, 0644);
  struct result wrote = opened;
  if (opened.error == 0) {
    wrote = sys_write((int)opened.value, bytes, length);
    sys_close((int)opened.value);
  }
  if (wrote.error != 0) {
    reply_errno(actor, "write-file", wrote.error);
    return;
  }
  reply_begin(actor, "write-file", "ok");
  json_number(&actor->json, "bytes", wrote.value);
  reply_end(actor);
}

static void add_value(struct actor *actor, const char *format, const u8 *bytes, size_t length) {
  struct json *json = &actor->json;
  bool is_number = text_equal(format, "int") || text_equal(format, "long");
  if (text_equal(format, "int") && length == 4) json_number(json, "value", *(const i32 *)bytes);
  else if (is_number && length == 8) json_number(json, "value", *(const i64 *)bytes);
  else if (text_equal(format, "string")) json_bytes(json, "value", bytes, length);
  else json_hex(json, "value", bytes, length);
}

static void answer_sysctl(struct actor *actor, const char *format, const u8 *bytes, size_t length) {
  size_t sent = 0;
  if (text_equal(format, "string")) {
    while (length > 0 && bytes[length - 1] == 0) length--;
    sent = send_ahead(actor, "value", bytes, length);
  } else {
    for (; length - sent > CHUNK; sent += CHUNK) reply_part(actor, "value", bytes + sent, CHUNK, true);
  }
  reply_begin(actor, "sysctl", "ok");
  add_value(actor, format, bytes + sent, length - sent);
  reply_end(actor);
}

/* sysctl int|long|string|opaque NAME */
void perform_sysctl(struct actor *actor, char *cursor) {
  char *format = next_word(&cursor), *name = next_word(&cursor);
  if (format == NULL || name == NULL) {
    reply_refused(actor, "sysctl", "the format or the name is missing");
    return;
  }
  unescape_word(name);
  size_t length = BUFFER_BYTES;
  struct result got = os_sysctl(name, actor->arena->bytes, &length);
  if (got.error == ERROR_NOSYS) {
    reply_refused(actor, "sysctl", "this system has no sysctls by name");
    return;
  }
  if (got.error != 0) {
    reply_errno(actor, "sysctl", got.error);
    return;
  }
  answer_sysctl(actor, format, actor->arena->bytes, length);
}

/* sleep MS */
void perform_sleep(struct actor *actor, char *cursor) {
  u64 duration_ms;
  if (!next_number(&cursor, DEADLINE_MS, &duration_ms)) {
    reply_refused(actor, "sleep", "the duration is out of range");
    return;
  }
  sys_sleep_ms(duration_ms);
  reply_begin(actor, "sleep", "ok");
  reply_end(actor);
}
