#include "control/program-output.h"

#include "control/channel.h"
#include "control/steps.h"

#define READS_AT_ONCE 16
/* A pipe holds no more than this many readings; what comes after them is written by a process that has left the program's group. */
#define LAST_READS 64

static void pass_on(struct stream *stream, struct allowance *allowance, const char *status) {
  size_t length = stream->length;
  stream->length = 0;
  if (allowance->passed + length > allowance->limit) {
    allowance->dropped += length;
    return;
  }
  allowance->passed += length;
  struct json json;
  answer_begin(&json, NONE, "output", status);
  json_number(&json, "step", allowance->step_id);
  json_text(&json, "stream", stream->name);
  json_bytes(&json, "text", stream->held, length);
  answer_send(&json);
}

/* False when frames do not fit any more. */
static bool take_bytes(struct stream *stream, struct allowance *allowance) {
  for (; stream->start < stream->end; stream->start++) {
    char byte = stream->bytes[stream->start];
    if (!frames_fit()) return false;
    if (byte == '\n') {
      pass_on(stream, allowance, "line");
      continue;
    }
    if (stream->length == PIECE_BYTES) pass_on(stream, allowance, "piece");
    stream->held[stream->length++] = byte;
  }
  stream->start = stream->end = 0;
  return true;
}

void stream_read(struct stream *stream, struct allowance *allowance) {
  for (int reads = 0; take_bytes(stream, allowance) && reads < READS_AT_ONCE && stream->fd >= 0; reads++) {
    struct result got = sys_read(stream->fd, stream->bytes, sizeof stream->bytes);
    if (got.error == ERROR_INTR) continue;
    stream->dry = got.error != 0 || got.value == 0;
    if (got.error == ERROR_AGAIN) return;
    if (stream->dry) {
      sys_close(stream->fd);
      stream->fd = NONE;
      return;
    }
    stream->end = (size_t)got.value;
    stream->last_reads++;
  }
}

void stream_close(struct stream *stream, struct allowance *allowance) {
  if (stream->length > 0) pass_on(stream, allowance, "piece");
  if (stream->fd >= 0) sys_close(stream->fd);
  stream->fd = NONE;
}

void stream_expect_end(struct stream *stream) {
  stream->dry = false;
  stream->last_reads = 0;
}

bool stream_drained(const struct stream *stream) {
  return stream->start == stream->end && (stream->fd < 0 || stream->dry || stream->last_reads >= LAST_READS);
}
