#include "base/base.h"

void *memcpy(void *to, const void *from, size_t length) {
  u8 *target = to;
  const u8 *source = from;
  while (length-- > 0) *target++ = *source++;
  return to;
}

void *memmove(void *to, const void *from, size_t length) {
  u8 *target = to;
  const u8 *source = from;
  if (target <= source) return memcpy(to, from, length);
  while (length-- > 0) target[length] = source[length];
  return to;
}

void *memset(void *at, int byte, size_t length) {
  u8 *target = at;
  while (length-- > 0) *target++ = (u8)byte;
  return at;
}

int memcmp(const void *left, const void *right, size_t length) {
  const u8 *a = left, *b = right;
  for (; length > 0; length--, a++, b++) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

size_t text_length(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

bool text_equal(const char *left, const char *right) {
  while (*left != 0 && *left == *right) left++, right++;
  return *left == *right;
}

bool text_begins(const char *text, const char *prefix) {
  while (*prefix != 0) {
    if (*text++ != *prefix++) return false;
  }
  return true;
}

void text_copy(char *to, size_t size, const char *from) {
  size_t length = text_length(from);
  if (length >= size) length = size - 1;
  memcpy(to, from, length);
  to[length] = 0;
}

size_t format_u64(char *to, u64 value) {
  char reversed[20];
  size_t length = 0;
  do {
    reversed[length++] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  for (size_t at = 0; at < length; at++) to[at] = reversed[length - 1 - at];
  to[length] = 0;
  return length;
}

size_t format_i64(char *to, i64 value) {
  if (value >= 0) return format_u64(to, (u64)value);
  *to = '-';
  return 1 + format_u64(to + 1, 0 - (u64)value);
}

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool parse_number(const char *text, u64 *value) {
  bool negative = *text == '-';
  if (negative) text++;
  u64 base = 10;
  if (text[0] == '0' && text[1] == 'x') base = 16, text += 2;
  if (*text == 0) return false;
  u64 sum = 0;
  for (; *text != 0; text++) {
    int digit = hex_digit(*text);
    if (digit < 0 || (u64)digit >= base) return false;
    if (sum > (UINT64_MAX - (u64)digit) / base) return false;
    sum = sum * base + (u64)digit;
  }
  if (negative && sum > (u64)1 << 63) return false;
  *value = negative ? 0 - sum : sum;
  return true;
}

/* CRC-32 of IEEE 802.3, four bits at a time: a table of 64 bytes instead of 1 KiB, and fast enough for a serial line. */
u32 crc32(const void *bytes, size_t length) {
  static const u32 nibble[16] = {
      0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  const u8 *at = bytes;
  u32 crc = ~0u;
  while (length-- > 0) {
    crc ^= *at++;
    crc = crc >> 4 ^ nibble[crc & 15];
    crc = crc >> 4 ^ nibble[crc & 15];
  }
  return ~crc;
}
