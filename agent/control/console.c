#include "control/console.h"

#include <stdarg.h>

#define STANDARD_OUTPUT 1
#define STANDARD_ERROR 2
#define LINE_ROOM 512
/* Room for a line about the dropped ones is kept when others are dropped. */
#define SPARE_ROOM 128

static char buffer[16384];
static struct output console = {.fd = STANDARD_OUTPUT, .buffer = buffer, .size = sizeof buffer};
static u64 dropped;

void console_open(const char *path, bool first_process) {
  if (*path == 0 && first_process) path = "/dev/console";
  if (*path == 0) return;
  struct result opened = sys_open(path, OPEN_WRITE | OPEN_NO_CTTY | OPEN_NONBLOCK, 0);
  if (opened.error != 0) return;
  console.fd = (int)opened.value;
  console.nonblocking = true;
}

void console_leave_standard_output(void) {
  if (console.fd == STANDARD_OUTPUT) console.fd = STANDARD_ERROR;
}

struct output *console_output(void) { return &console; }

static size_t add_text(char *line, size_t length, const char *text) {
  for (; *text != 0 && length < LINE_ROOM - 2; text++) {
    line[length++] = (u8)*text < 0x20 || *text == 0x7f ? '?' : *text;
  }
  return length;
}

static void add_line(char *line, size_t length) {
  line[length++] = '\r';
  line[length++] = '\n';
  output_add(&console, line, length);
}

/* A line that says how many were dropped before it, as soon as there is room again. */
static void own_up(void) {
  char line[LINE_ROOM], number[24];
  if (dropped == 0) return;
  format_u64(number, dropped);
  size_t length = add_text(line, 0, "kernlane: the console took nothing, lines dropped: ");
  add_line(line, add_text(line, length, number));
  dropped = 0;
}

void console_say(const char *text, ...) {
  char line[LINE_ROOM];
  size_t length = add_text(line, 0, "kernlane: ");
  va_list rest;
  va_start(rest, text);
  for (; text != NULL; text = va_arg(rest, const char *)) length = add_text(line, length, text);
  va_end(rest);
  if (output_room(&console) < length + 2 + SPARE_ROOM) {
    dropped++;
  } else {
    own_up();
    add_line(line, length);
  }
  output_flush(&console);
}
