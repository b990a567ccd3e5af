#include "worker/perform.h"
#include "worker/reply.h"

/* How much of a file is read at once. */
#define CHUNK 1024

static void answer_content(struct actor *actor, int fd, u64 limit) {
  u8 *chunk = actor->arena->bytes, *ahead = chunk + CHUNK;
  struct result held = sys_read_up_to(fd, chunk, limit < CHUNK ? limit : CHUNK);
  u64 total = held.error == 0 ? (u64)held.value : 0;
  bool more = held.error == 0 && held.value > 0;
  struct result next = {0, 0};
  while (more) {
    /* One byte beyond the limit is asked for, to see whether there is more. */
    u64 room = limit - total;
    next = sys_read_up_to(fd, ahead, room == 0 ? 1 : room < CHUNK ? room : CHUNK);
    if (next.error != 0 || next.value == 0 || room == 0) break;
    size_t sent = reply_ahead(actor, "content", chunk, (size_t)held.value);
    reply_part(actor, "content", chunk + sent, (size_t)held.value - sent, false);
    memcpy(chunk, ahead, (size_t)next.value);
    held = next;
    total += (u64)next.value;
  }
  i32 error = held.error != 0 ? held.error : next.error;
  size_t length = held.error == 0 ? (size_t)held.value : 0;
  size_t sent = reply_ahead(actor, "content", chunk, length);
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
