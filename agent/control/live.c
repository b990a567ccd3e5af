/*
 * The live transport: requests arrive in frames of the host's, numbered from 1, and a request's number is its step's id. A
 * number is carried out at most once, whatever the host sends again (docs/probe-protocol.md, "Live").
 */
#include "control/live.h"

#include "base/sys.h"
#include "base/words.h"
#include "control/channel.h"
#include "control/run.h"
#include "control/steps.h"

/* Replies that are kept for a host that asks again. */
#define KEPT 64
#define KEPT_BYTES 2048

static char buffer[2 * LINE_BYTES];
static struct lines lines = {.buffer = buffer, .size = sizeof buffer};
static u32 expected = 1;
/* The number for which a gap was complained of: one complaint is enough until it comes. */
static u32 complained;
static bool ended;
static i32 input_error;

static struct {
  u32 id;
  u32 length;
  char json[KEPT_BYTES];
} kept[KEPT];

static void keep_reply(u32 id, const char *json, size_t length) {
  if (id == 0) return;
  kept[id % KEPT].id = id;
  kept[id % KEPT].length = length <= KEPT_BYTES ? (u32)length : 0;
  if (length <= KEPT_BYTES) memcpy(kept[id % KEPT].json, json, length);
}

void live_begin(void) { steps_answered = keep_reply; }

static void refuse_frame(const char *status, u64 got) {
  struct json json;
  answer_begin(&json, NONE, "nak", status);
  json_number(&json, "expected", expected);
  if (got != 0) json_number(&json, "got", (i64)got);
  answer_send(&json);
}

static void send_sync(void) {
  struct json json;
  answer_begin(&json, NONE, "sync", "ok");
  json_number(&json, "expected", expected);
  json_number(&json, "sent", (i64)frames_sent() + 1);
  json_number(&json, "pending", steps_pending());
  json_text(&json, "run", run.plan.run_id);
  answer_send(&json);
}

/* A number that was carried out before: its reply if that is still here, never the request again. */
static void answer_again(u32 seq) {
  if (kept[seq % KEPT].id == seq && kept[seq % KEPT].length > 0) {
    frame_send(kept[seq % KEPT].json, kept[seq % KEPT].length, FAULT_NONE);
    return;
  }
  refuse_frame(step_pending(seq) ? "in-progress" : "expired", seq);
}

/* Takes "SEQ CRC PAYLOAD" apart; false when it is damaged. */
static bool parse_frame(char *frame, u64 *seq, char **payload) {
  char *at = frame;
  while (*at >= '0' && *at <= '9') at++;
  size_t digits = (size_t)(at - frame);
  if (digits == 0 || digits > 10 || *at != ' ') return false;
  char *crc = at + 1;
  u32 stated = 0;
  for (int digit = 0; digit < 8; digit++) {
    int value = hex_digit(crc[digit]);
    if (value < 0) return false;
    stated = stated << 4 | (u32)value;
  }
  if (crc[8] != ' ') return false;
  *payload = crc + 9;
  /* The checksum covers the number, one blank and the payload: the number is moved up to stand before it. */
  char *covered = *payload - 1 - digits;
  memmove(covered, frame, digits);
  covered[digits] = ' ';
  if (crc32(covered, digits + 1 + text_length(*payload)) != stated) return false;
  char number[12];
  memcpy(number, covered, digits);
  number[digits] = 0;
  return parse_number(number, seq) && *seq <= UINT32_MAX;
}

/* A long request may come in pieces, so that a serial line's buffers hold each: all but the last begin with a plus. */
static char assembled[LINE_BYTES];
static size_t assembled_length;

static void take_piece(u32 seq, const char *text) {
  size_t length = text_length(text);
  bool fits = assembled_length + length < sizeof assembled;
  if (fits) memcpy(assembled + assembled_length, text, length);
  /* What has no room makes the whole too long, and the last piece is refused for it. */
  assembled_length = fits ? assembled_length + length : sizeof assembled;
  struct json json;
  answer_begin(&json, NONE, "piece", fits ? "ok" : "refused");
  json_number(&json, "step", seq);
  json_meta(&json);
  size_t reply_length = json_end(&json);
  frame_send(json.start, reply_length, FAULT_NONE);
  keep_reply(seq, json.start, reply_length);
}

/* The last piece, or a request that came whole. */
static bool take_request(u32 seq, const char *text) {
  size_t length = text_length(text);
  if (assembled_length == 0) return step_add_copy(seq, text, length);
  bool fits = assembled_length + length < sizeof assembled;
  if (fits) memcpy(assembled + assembled_length, text, length);
  if (!step_add_copy(seq, assembled, fits ? assembled_length + length : 0)) return false;
  assembled_length = 0;
  return true;
}

static void take_frame(u64 seq, char *payload) {
  if (seq == 0) {
    send_sync();
  } else if (seq < expected) {
    answer_again((u32)seq);
  } else if (seq > expected) {
    if (complained != expected) refuse_frame("gap", seq);
    complained = expected;
  } else if (*payload == '+') {
    take_piece((u32)seq, payload + 1);
    expected++;
  } else if (take_request((u32)seq, payload)) {
    expected++;
  } else {
    refuse_frame("busy", seq);
  }
}

/* The frame may stand behind noise, and noise may hold the magic word. */
static void take_line(char *line, size_t length) {
  if (length > 0 && line[length - 1] == '\r') line[--length] = 0;
  if (length == 0) return;
  for (size_t at = 0; at + 4 < length; at++) {
    u64 seq;
    char *payload;
    if (memcmp(line + at, "@kl ", 4) != 0 || !parse_frame(line + at + 4, &seq, &payload)) continue;
    take_frame(seq, payload);
    return;
  }
  refuse_frame("damaged", 0);
  complained = expected;
}

void live_read(u64 now) {
  struct result got = lines_fill(&lines, channel_input());
  if (got.error == ERROR_INTR || got.error == ERROR_AGAIN) return;
  if (got.error != 0) {
    input_error = got.error;
    ended = true;
  } else if (got.value == 0) {
    enum silence silence = channel_silence();
    ended = silence != SILENCE_AWAY;
    if (silence == SILENCE_HUNG_UP) input_error = ERROR_IO;
    if (silence == SILENCE_AWAY) channel_rest(now);
  }
}

bool live_take_lines(void) {
  while (!steps_full() && frames_fit()) {
    size_t length;
    char *line = lines_next(&lines, &length);
    if (line == NULL) return true;
    take_line(line, length);
  }
  return false;
}

bool live_has_room(void) { return lines.end - lines.start < lines.size - 1; }

bool live_ended(void) { return ended; }

i32 live_error(void) { return input_error; }
