#include "worker/results.h"

#include "worker/reply.h"

size_t format_result(char *to, struct result result) {
  if (result.error == 0) return format_i64(to, result.value);
  *to = 'e';
  return 1 + format_i64(to + 1, result.error);
}

/* Sends what is there when the next piece would not fit. */
static void append(struct run_text *run, const char *text, size_t length) {
  if (run->length + length > sizeof run->text) {
    reply_part(run->actor, "results", (const u8 *)run->text, run->length, false);
    run->length = 0;
  }
  memcpy(run->text + run->length, text, length);
  run->length += length;
}

static void flush_count(struct run_text *run) {
  if (run->count == 0) return;
  char piece[64];
  size_t length = format_result(piece, run->last);
  if (run->count > 1) {
    piece[length++] = '*';
    length += format_u64(piece + length, run->count);
  }
  piece[length++] = ',';
  append(run, piece, length);
  run->count = 0;
}

void run_text_add(struct run_text *run, struct result result) {
  bool same = run->count > 0 && run->last.value == result.value && run->last.error == result.error;
  if (!same) flush_count(run);
  run->last = result;
  run->count++;
}

void run_text_add_buffers(struct run_text *run, const struct call *call, struct result result) {
  static const char digits[] = "0123456789abcdef";
  flush_count(run);
  char piece[64];
  append(run, piece, format_result(piece, result));
  for (u32 at = 0; at < call->buffer_count; at++) {
    const struct buffer *buffer = &call->buffers[at];
    if (!buffer->comes_back) continue;
    append(run, "/", 1);
    for (u32 byte = 0; byte < buffer->length; byte++) {
      const char pair[2] = {digits[buffer->at[byte] >> 4], digits[buffer->at[byte] & 15]};
      append(run, pair, 2);
    }
  }
  append(run, ",", 1);
}

/* The last comma is not part of the text. */
void run_text_finish(struct run_text *run) {
  flush_count(run);
  if (run->length > 0 && run->text[run->length - 1] == ',') run->length--;
}
