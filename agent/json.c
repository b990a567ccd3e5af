#include "json.h"

/* The largest integer that every JSON reader holds exactly; beyond it the digits travel as a string. */
#define EXACT ((i64)1 << 53)

static const char digits[] = "0123456789abcdef";

void json_begin(struct json *json, char *buffer, size_t size) {
  json->start = json->at = buffer;
  json->end = buffer + size - 2;
}

static void put(struct json *json, char character) {
  if (json->at < json->end) *json->at++ = character;
}

void json_raw(struct json *json, const char *text) {
  while (*text != 0) put(json, *text++);
}

static void json_digits(struct json *json, const char *text, bool exact) {
  if (!exact) put(json, '"');
  json_raw(json, text);
  if (!exact) put(json, '"');
}

void json_i64(struct json *json, i64 value) {
  char text[24];
  format_i64(text, value);
  json_digits(json, text, value > -EXACT && value < EXACT);
}

void json_u64(struct json *json, u64 value) {
  char text[24];
  format_u64(text, value);
  json_digits(json, text, value < (u64)EXACT);
}

static size_t escaped_length(u8 byte) {
  if (byte == '"' || byte == '\\') return 2;
  return byte < 0x20 || byte >= 0x7f ? 6 : 1;
}

void json_string(struct json *json, const void *bytes, size_t length) {
  const u8 *at = bytes;
  put(json, '"');
  for (; length > 0; length--, at++) {
    switch (escaped_length(*at)) {
      case 1:
        put(json, (char)*at);
        break;
      case 2:
        put(json, '\\');
        put(json, (char)*at);
        break;
      default:
        json_raw(json, "\\u00");
        put(json, digits[*at >> 4]);
        put(json, digits[*at & 15]);
    }
  }
  put(json, '"');
}

void json_hex(struct json *json, const u8 *bytes, size_t length) {
  for (; length > 0; length--, bytes++) {
    put(json, digits[*bytes >> 4]);
    put(json, digits[*bytes & 15]);
  }
}

void json_key(struct json *json, const char *key) {
  if (json->at > json->start && json->at[-1] != '{') put(json, ',');
  json_string(json, key, text_length(key));
  put(json, ':');
}

void json_number_field(struct json *json, const char *key, i64 value) {
  json_key(json, key);
  json_i64(json, value);
}

void json_text_field(struct json *json, const char *key, const char *text) {
  json_key(json, key);
  json_string(json, text, text_length(text));
}

size_t json_fitting(const u8 *bytes, size_t length, size_t budget) {
  size_t count = 0;
  while (count < length && escaped_length(bytes[count]) <= budget) budget -= escaped_length(bytes[count++]);
  return count;
}
