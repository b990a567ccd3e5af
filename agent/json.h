/*
 * JSON text into a buffer of fixed size. Guest bytes become one character a byte, so that the wire is printable ASCII and
 * every byte survives; the host makes UTF-8 of it again. Two bytes at the end are always kept free.
 */
#ifndef KERNLANE_JSON_H
#define KERNLANE_JSON_H

#include "base.h"

struct json {
  char *start, *at, *end;
};

void json_begin(struct json *json, char *buffer, size_t size);
/* Text that is JSON already. */
void json_raw(struct json *json, const char *text);
void json_i64(struct json *json, i64 value);
void json_u64(struct json *json, u64 value);
void json_string(struct json *json, const void *bytes, size_t length);
void json_hex(struct json *json, const u8 *bytes, size_t length);
/* "key":value, with a comma in front unless it is the first of its object. */
void json_key(struct json *json, const char *key);
void json_number_field(struct json *json, const char *key, i64 value);
void json_text_field(struct json *json, const char *key, const char *text);
/* How many bytes of the front fit into budget characters when escaped. */
size_t json_fitting(const u8 *bytes, size_t length, size_t budget);

#endif
