/*
 * One object {"kind":…,"status":…,"data":{…},"meta":{…}} as JSON text in a buffer of fixed size. Whatever is put in, the text is
 * valid: what does not fit is left out (of a text: its end), and meta says of how many bytes that was ("cut").
 *
 * Guest bytes become one character a byte, so that the wire is printable ASCII and every byte survives; the host makes UTF-8
 * of it again.
 */
#ifndef KERNLANE_JSON_H
#define KERNLANE_JSON_H

#include "base/base.h"

struct json {
  char *start, *at;
  /* How far the part that is being written may go, and where the buffer ends. */
  char *limit, *end;
  u64 cut;
};

/* Begins the object and its data. Kinds are cut at 24 bytes: an operation that nobody knows may have any length. */
void json_begin(struct json *json, char *buffer, size_t size, const char *kind, const char *status);
/* Ends data and begins meta. */
void json_meta(struct json *json);
/* Ends meta and the object, and returns the length of the whole text. */
size_t json_end(struct json *json);

/* Fields of data, or of meta. Integers beyond 2^53 become strings of digits, so that every reader holds them exactly. */
void json_number(struct json *json, const char *key, i64 value);
void json_unsigned(struct json *json, const char *key, u64 value);
void json_bool(struct json *json, const char *key, bool value);
void json_text(struct json *json, const char *key, const char *text);
void json_bytes(struct json *json, const char *key, const void *bytes, size_t length);
void json_hex(struct json *json, const char *key, const u8 *bytes, size_t length);

/* How many bytes of the front fit into budget characters when escaped. */
size_t json_fitting(const u8 *bytes, size_t length, size_t budget);

#endif
