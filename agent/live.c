/*
 * The live transport: requests arrive in frames of the host's, numbered from 1, and a request's number is its step's id. A
 * number is carried out at most once, whatever the host sends again (docs/probe-protocol.md, "Live").
 */
#include "control.h"

/* Replies that are kept for a host that asks again. */
#define KEPT 64
#define KEPT_BYTES 2048

static char buffer[2 * LINE_BYTES];
static struct lines lines = {.buffer = buffer, .size = sizeof buffer};
static u32 expected = 1;
/* The number for which a gap was complained of: one complaint is enough until it comes. */
static u32 complained;
static bool ended;

static struct {
  u32 id;
  u32 length;
  char json[KEPT_BYTES];
} kept[KEPT];

void live_answered(u32 id, const char *json, size_t length) {
  if (!control.plan.live || id == 0) return;
  kept[id % KEPT].id = id;
  kept[id % KEPT].length = length <= KEPT_BYTES ? (u32)length : 0;
  if (length <= KEPT_BYTES) memcpy(kept[id % KEPT].json, json, length);
}

static void begin(struct json *json, char *text, size_t size, const char *kind, const char *status) {
  json_begin(json, text, size);
  json_raw(json, "{");
  json_text_field(json, "kind", kind);
  json_text_field(json, "status", status);
  json_raw(json, ",\"data\":{");
  json_number_field(json, "expected", expected);
}

static void end(struct json *json) {
  json_raw(json, "},\"meta\":{}}");
  frame_send_json(json);
}

static void refuse_frame(const char *status, u64 got) {
  char text[256];
  struct json json;
  begin(&json, text, sizeof text, "nak", status);
  if (got != 0) json_number_field(&json, "got", (i64)got);
  end(&json);
}

static void say_where_we_are(void) {
  char text[256];
  struct json json;
  begin(&json, text, sizeof text, "sync", "ok");
  json_number_field(&json, "sent", (i64)frames_sent() + 1);
  json_number_field(&json, "pending", steps_pending());
  json_text_field(&json, "run", control.plan.run_id);
  end(&json);
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
  assembled_length += fits ? length : 0;
  char reply[256];
  struct json json;
  json_begin(&json, reply, sizeof reply);
  json_raw(&json, fits ? "{\"kind\":\"piece\",\"status\":\"ok\",\"data\":{" : "{\"kind\":\"piece\",\"status\":\"refused\",\"data\":{");
  json_number_field(&json, "step", seq);
  json_raw(&json, "},\"meta\":{}}");
  frame_send_json(&json);
  live_answered(seq, json.start, (size_t)(json.at - json.start));
}

/* The last piece, or a request that came whole. */
static bool take_request(u32 seq, const char *text) {
  size_t length = text_length(text);
  bool fits = assembled_length + length < sizeof assembled;
  if (assembled_length == 0) return step_add_copy(seq, text, length);
  if (fits) memcpy(assembled + assembled_length, text, length);
  if (!step_add_copy(seq, assembled, fits ? assembled_length + length : 0)) return false;
  assembled_length = 0;
  return true;
}

static void take_frame(u64 seq, char *payload) {
  if (seq == 0) {
    say_where_we_are();
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

static void take_lines(void) {
  size_t length;
  for (char *line; !steps_full() && (line = lines_next(&lines, &length)) != NULL;) take_line(line, length);
}

void live_read(void) {
  struct result got = lines_fill(&lines, channel_input());
  if (got.error == 0 && got.value == 0 && channel_input_ends()) ended = true;
  /* The host has closed its end of a device and may open it again. */
  else if (got.error == 0 && got.value == 0) sys_sleep_ms(10);
  take_lines();
}

bool live_ended(void) { return ended && steps_pending() == 0; }
