#include "base/json.h"

/* The largest integer that every JSON reader holds exactly. */
#define EXACT ((i64)1 << 53)
#define KIND_BYTES 24
/* Kept free until the end: ,"cut":N}} */
#define TAIL_ROOM 32
/* Kept free while data is written: },"meta":{ and its fields, of which the context's name is the longest. */
#define META_ROOM 600

static const char digits[] = "0123456789abcdef";

static size_t room(const struct json *json) { return (size_t)(json->limit - json->at); }

static void put(struct json *json, const char *text) {
  while (*text != 0) *json->at++ = *text++;
}

static size_t escaped_length(u8 byte) {
  if (byte == '"' || byte == '\\') return 2;
  return byte < 0x20 || byte >= 0x7f ? 6 : 1;
}

static void put_escaped(struct json *json, u8 byte) {
  size_t length = escaped_length(byte);
  if (length == 6) {
    put(json, "\\u00");
    *json->at++ = digits[byte >> 4];
    *json->at++ = digits[byte & 15];
    return;
  }
  if (length == 2) *json->at++ = '\\';
  *json->at++ = (char)byte;
}

size_t json_fitting(const u8 *bytes, size_t length, size_t budget) {
  size_t count = 0;
  while (count < length && escaped_length(bytes[count]) <= budget) budget -= escaped_length(bytes[count++]);
  return count;
}

/* ,"key": if that and as many bytes of value have room; else the field is left out. */
static bool begin_field(struct json *json, const char *key, size_t value_bytes, u64 cut) {
  if (room(json) < text_length(key) + 4 + value_bytes) {
    json->cut += cut;
    return false;
  }
  if (json->at[-1] != '{') put(json, ",");
  put(json, "\"");
  put(json, key);
  put(json, "\":");
  return true;
}

void json_bytes(struct json *json, const char *key, const void *bytes, size_t length) {
  const u8 *from = bytes;
  if (!begin_field(json, key, 2, length)) return;
  size_t fits = json_fitting(from, length, room(json) - 2);
  put(json, "\"");
  for (size_t at = 0; at < fits; at++) put_escaped(json, from[at]);
  put(json, "\"");
  json->cut += length - fits;
}

void json_text(struct json *json, const char *key, const char *text) { json_bytes(json, key, text, text_length(text)); }

void json_hex(struct json *json, const char *key, const u8 *bytes, size_t length) {
  if (!begin_field(json, key, 2, length)) return;
  size_t most = (room(json) - 2) / 2, fits = length < most ? length : most;
  put(json, "\"");
  for (size_t at = 0; at < fits; at++) {
    *json->at++ = digits[bytes[at] >> 4];
    *json->at++ = digits[bytes[at] & 15];
  }
  put(json, "\"");
  json->cut += length - fits;
}

static void literal(struct json *json, const char *key, const char *text) {
  size_t length = text_length(text);
  if (begin_field(json, key, length, length)) put(json, text);
}

void json_number(struct json *json, const char *key, i64 value) {
  char text[24];
  size_t length = format_i64(text, value);
  if (value > -EXACT && value < EXACT) literal(json, key, text);
  else json_bytes(json, key, text, length);
}

void json_unsigned(struct json *json, const char *key, u64 value) {
  char text[24];
  size_t length = format_u64(text, value);
  if (value < (u64)EXACT) literal(json, key, text);
  else json_bytes(json, key, text, length);
}

void json_bool(struct json *json, const char *key, bool value) { literal(json, key, value ? "true" : "false"); }

void json_begin(struct json *json, char *buffer, size_t size, const char *kind, const char *status) {
  size_t length = text_length(kind);
  *json = (struct json){.start = buffer, .at = buffer, .end = buffer + size, .limit = buffer + size - META_ROOM};
  put(json, "{");
  json_bytes(json, "kind", kind, length < KIND_BYTES ? length : KIND_BYTES);
  json_text(json, "status", status);
  put(json, ",\"data\":{");
}

void json_meta(struct json *json) {
  put(json, "},\"meta\":{");
  json->limit = json->end - TAIL_ROOM;
}

size_t json_end(struct json *json) {
  if (json->cut > 0) {
    json->limit = json->end - 2;
    json_number(json, "cut", (i64)json->cut);
  }
  put(json, "}}");
  return (size_t)(json->at - json->start);
}
