#include "base/words.h"

#include "base/sys.h"

char *next_word(char **cursor) {
  char *at = *cursor;
  while (*at == ' ') at++;
  if (*at == 0) return NULL;
  char *word = at;
  while (*at != 0 && *at != ' ') at++;
  if (*at != 0) *at++ = 0;
  *cursor = at;
  return word;
}

bool next_number(char **cursor, u64 most, u64 *value) {
  char *word = next_word(cursor);
  return word != NULL && *word != '-' && parse_number(word, value) && *value <= most;
}

size_t unescape_word(char *word) {
  char *to = word;
  if (!text_equal(word, "%-")) {
    for (const char *from = word; *from != 0; from++) {
      bool escaped = from[0] == '%' && hex_digit(from[1]) >= 0 && hex_digit(from[2]) >= 0;
      *to++ = escaped ? (char)(hex_digit(from[1]) << 4 | hex_digit(from[2])) : *from;
      if (escaped) from += 2;
    }
  }
  *to = 0;
  return (size_t)(to - word);
}

bool next_in_list(const char **list, u32 *value) {
  const char *at = *list;
  if (*at < '0' || *at > '9') return false;
  u32 sum = 0;
  while (*at >= '0' && *at <= '9') sum = sum * 10 + (u32)(*at++ - '0');
  *list = *at == ',' ? at + 1 : at;
  *value = sum;
  return true;
}

struct result lines_fill(struct lines *lines, int fd) {
  if (lines->start > 0) {
    memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
    lines->end -= lines->start;
    lines->start = 0;
  }
  struct result got = sys_read(fd, lines->buffer + lines->end, lines->size - 1 - lines->end);
  if (got.error == 0) lines->end += (size_t)got.value;
  return got;
}

static char *take(struct lines *lines, size_t length, size_t skipped, size_t *taken) {
  char *line = lines->buffer + lines->start;
  line[length] = 0;
  *taken = length;
  lines->start += length + skipped;
  return line;
}

char *lines_next(struct lines *lines, size_t *length) {
  for (;;) {
    char *from = lines->buffer + lines->start;
    size_t held = lines->end - lines->start, at = 0;
    while (at < held && from[at] != '\n') at++;
    bool whole = at < held, full = held == lines->size - 1;
    if (!whole && !full) return NULL;
    bool rest_of_overlong = lines->overlong;
    lines->overlong = !whole;
    char *line = take(lines, at, whole ? 1 : 0, length);
    if (!rest_of_overlong) return line;
  }
}
