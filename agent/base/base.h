/*
 * What every file of the agent uses: types, memory and text without a C library.
 */
#ifndef KERNLANE_BASE_H
#define KERNLANE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t i64;
typedef uint64_t u64;
typedef int32_t i32;
typedef uint32_t u32;
typedef uint8_t u8;

/* What a system call gave: error is 0 or an errno of the guest's own numbering. */
struct result {
  i64 value;
  i32 error;
};

/* The compiler calls these four by name, whatever it is told. */
void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *at, int byte, size_t length);
int memcmp(const void *left, const void *right, size_t length);

size_t text_length(const char *text);
bool text_equal(const char *left, const char *right);
bool text_begins(const char *text, const char *prefix);
/* Copies at most size - 1 bytes and ends with a zero byte. */
void text_copy(char *to, size_t size, const char *from);
/* Writes value in decimal, ends with a zero byte, returns the length. 21 bytes suffice. */
size_t format_i64(char *to, i64 value);
size_t format_u64(char *to, u64 value);
/* Decimal or 0x hexadecimal, with an optional minus. False when the text is anything else or too big for 64 bits. */
bool parse_number(const char *text, u64 *value);
int hex_digit(char digit);

u32 crc32(const void *bytes, size_t length);

#endif
