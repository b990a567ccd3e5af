#include "worker/values.h"

static bool is_number(const struct sysctl *sysctl) {
  return sysctl->kind == SYSCTL_SIGNED || sysctl->kind == SYSCTL_UNSIGNED;
}

/* Little-endian; of a signed one with its sign. */
static u64 number_at(const struct sysctl *sysctl, const u8 *bytes) {
  u64 value = 0;
  u32 unused = 64 - 8 * sysctl->width;
  memcpy(&value, bytes, sysctl->width);
  return sysctl->kind == SYSCTL_SIGNED ? (u64)((i64)(value << unused) >> unused) : value;
}

static size_t format_number(char *to, const struct sysctl *sysctl, const u8 *bytes) {
  u64 value = number_at(sysctl, bytes);
  return sysctl->kind == SYSCTL_SIGNED ? format_i64(to, (i64)value) : format_u64(to, value);
}

size_t format_numbers(char *to, size_t size, const struct sysctl *sysctl, const u8 *bytes, size_t length) {
  size_t at = 0;
  for (size_t from = 0; from + sysctl->width <= length && at + 24 < size; from += sysctl->width) {
    if (from > 0) to[at++] = ' ';
    at += format_number(to + at, sysctl, bytes + from);
  }
  return at;
}

size_t trimmed_length(const u8 *bytes, size_t length) {
  while (length > 0 && bytes[length - 1] == 0) length--;
  return length;
}

void add_value(struct json *json, const char *key, const struct sysctl *sysctl, const u8 *bytes, size_t length) {
  if (is_number(sysctl) && length == sysctl->width) {
    u64 value = number_at(sysctl, bytes);
    if (sysctl->kind == SYSCTL_SIGNED) json_number(json, key, (i64)value);
    else json_unsigned(json, key, value);
  } else if (is_number(sysctl)) {
    char text[FIELD_BYTES];
    json_bytes(json, key, text, format_numbers(text, sizeof text, sysctl, bytes, length));
  } else if (sysctl->kind == SYSCTL_TEXT) {
    json_bytes(json, key, bytes, trimmed_length(bytes, length));
  } else {
    json_hex(json, key, bytes, length);
  }
}

bool parse_value(const struct sysctl *sysctl, const char *text, u8 *bytes, size_t *length) {
  if (!is_number(sysctl)) {
    *length = text_length(text);
    if (sysctl->kind != SYSCTL_TEXT || *length > SYSCTL_VALUE_BYTES) return false;
    memcpy(bytes, text, *length);
    return true;
  }
  u64 value;
  bool negative = *text == '-', is_signed = sysctl->kind == SYSCTL_SIGNED;
  if (!parse_number(text, &value) || (negative && !is_signed)) return false;
  u32 bits = 8 * sysctl->width - (is_signed ? 1 : 0);
  u64 size = negative ? 0 - value : value, most = bits == 64 ? UINT64_MAX : ((u64)1 << bits) - 1;
  if (size > most + (negative ? 1 : 0)) return false;
  memcpy(bytes, &value, sysctl->width);
  *length = sysctl->width;
  return true;
}
