/*
 * A sysctl's value as text, and back.
 */
#ifndef KERNLANE_VALUES_H
#define KERNLANE_VALUES_H

#include "base/json.h"
#include "base/sysctl.h"

/* The numbers with blanks between, as many as fit into size bytes; returns the length. */
size_t format_numbers(char *to, size_t size, const struct sysctl *sysctl, const u8 *bytes, size_t length);
/* A field as the kernel describes it: a number, several as text, a text, or hexadecimal digits. */
void add_value(struct json *json, const char *key, const struct sysctl *sysctl, const u8 *bytes, size_t length);
/* The bytes that the kernel takes for a text; false when it is no number, or one that does not fit. */
bool parse_value(const struct sysctl *sysctl, const char *text, u8 *bytes, size_t *length);
/* A text without the zero bytes at its end. */
size_t trimmed_length(const u8 *bytes, size_t length);

#endif
