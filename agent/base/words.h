/*
 * Lines of text and their words. A line is cut into words in place: each call of next_word ends one with a zero byte.
 */
#ifndef KERNLANE_WORDS_H
#define KERNLANE_WORDS_H

#include "base/base.h"

/* The next word and the cursor after it; null when the line has no more. */
char *next_word(char **cursor);
/* The next word as a number from 0 to most. */
bool next_number(char **cursor, u64 most, u64 *value);
/* Replaces %XX by its byte and "%-" by nothing, in place; returns the length, and ends with a zero byte. */
size_t unescape_word(char *word);
/* The first number of a list such as 8,12 and the rest of the list; false at its end. */
bool next_in_list(const char **list, u32 *value);

/* Gathers what is read from a descriptor into lines. */
struct lines {
  char *buffer;
  size_t size, start, end;
  /* The line is longer than the buffer: its rest is being dropped. */
  bool overlong;
};

/* Reads once. The result's value is 0 at the end of the stream. */
struct result lines_fill(struct lines *lines, int fd);
/* The next whole line, ended by a zero byte instead of its newline, or null. Overlong lines come once, cut. */
char *lines_next(struct lines *lines, size_t *length);

#endif
