#include "channel.h"

#include <stdarg.h>

#include "limits.h"
#include "sys.h"

#define INPUT 0
#define OUTPUT 1
/* A reader that takes nothing for this long has gone; what is sent to it then is lost, and the numbers show it. */
#define STALLED_MS 30000
#define DRAIN_NS (200 * NS_PER_MS)
#define HELD_BYTES 65536

static int console_fd = OUTPUT;
static int input_fd = -1, output_fd = -1;
static bool input_ends;
static char name[256];
static u64 sequence;
static char held[HELD_BYTES];
static size_t held_length;
static bool holding;
static u64 held_since_ns;

static void write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    struct result wrote = sys_write(fd, bytes, length);
    if (wrote.error == 0) {
      bytes += wrote.value;
      length -= (size_t)wrote.value;
      continue;
    }
    if (wrote.error == ERROR_INTR) continue;
    if (wrote.error != ERROR_AGAIN) return;
    struct pollfd writable = {fd, POLL_OUT, 0};
    struct result ready = sys_poll(&writable, 1, STALLED_MS);
    if (ready.error == 0 && ready.value == 0) return;
  }
}

void console_open(const char *path, bool first_process) {
  if (*path == 0 && first_process) path = "/dev/console";
  if (*path == 0) return;
  struct result opened = sys_open(path, OPEN_WRITE | OPEN_NO_CTTY | OPEN_NONBLOCK, 0);
  if (opened.error == 0) console_fd = (int)opened.value;
}

void console_say(const char *text, ...) {
  char line[512];
  struct json out;
  json_begin(&out, line, sizeof line);
  json_raw(&out, "kernlane: ");
  va_list rest;
  va_start(rest, text);
  for (; text != NULL; text = va_arg(rest, const char *)) json_raw(&out, text);
  va_end(rest);
  for (char *at = line; at < out.at; at++) {
    if ((u8)*at < 0x20 || *at == 0x7f) *at = '?';
  }
  *out.at++ = '\r';
  *out.at++ = '\n';
  write_all(console_fd, line, (size_t)(out.at - line));
}

/* Whether it is the port of a virtio-serial device, and the kernel drives such devices. */
static bool may_appear(const char *path) {
  if (!text_begins(path, "/dev/virtio-ports/")) return false;
  struct result ports = sys_open("/sys/class/virtio-ports", OPEN_READ, 0);
  if (ports.error == 0) sys_close((int)ports.value);
  return ports.error == 0;
}

static bool open_one(const char *path) {
  if (text_equal(path, "stdio")) {
    input_fd = INPUT;
    output_fd = OUTPUT;
    input_ends = true;
    /* Standard output is the channel now, so people read standard error. */
    if (console_fd == OUTPUT) console_fd = 2;
    return true;
  }
  if (text_equal(path, "console")) {
    output_fd = console_fd;
    struct result reading = sys_open("/dev/console", OPEN_READ | OPEN_NO_CTTY | OPEN_NONBLOCK, 0);
    if (reading.error == 0) input_fd = (int)reading.value;
    return true;
  }
  const u32 how = OPEN_READ_WRITE | OPEN_NO_CTTY | OPEN_NONBLOCK;
  struct result opened = sys_open(path, how, 0);
  char device[256];
  /* The port of a virtio-serial device announces itself a moment after its driver. */
  for (int tries = 0; opened.error != 0 && tries < 100 && may_appear(path); tries++) {
    if (os_resolve_channel(path, device, sizeof device)) opened = sys_open(device, how, 0);
    if (opened.error != 0) sys_sleep_ms(5);
  }
  if (opened.error != 0) return false;
  input_fd = output_fd = (int)opened.value;
  os_make_raw(output_fd);
  return true;
}

bool channel_open(char paths[][256], size_t count) {
  for (size_t at = 0; at < count; at++) {
    if (!open_one(paths[at])) continue;
    text_copy(name, sizeof name, paths[at]);
    return true;
  }
  return false;
}

const char *channel_name(void) { return name; }

int channel_input(void) { return input_fd; }

bool channel_input_ends(void) { return input_ends; }

static void send(const char *bytes, size_t length) {
  if (held_length + length > HELD_BYTES) {
    write_all(output_fd, held, held_length);
    held_length = 0;
  }
  if (held_length == 0) held_since_ns = clock_ns();
  memcpy(held + held_length, bytes, length);
  held_length += length;
  if (!holding) frames_release();
}

void frame_send(const char *json, size_t length, enum fault fault) {
  static char line[FRAME_BYTES + 64];
  static const char digits[] = "0123456789abcdef";
  if (length > FRAME_BYTES - 40) length = FRAME_BYTES - 40;
  /* The checksum covers the number and the JSON as they stand with one blank between: it is made in place, and the number
     is moved to the front of the checksum afterwards. */
  char *covered = line + 40;
  size_t digits_length = format_u64(covered, ++sequence);
  covered[digits_length] = ' ';
  memcpy(covered + digits_length + 1, json, length);
  u32 crc = crc32(covered, digits_length + 1 + length);
  if (fault == FAULT_DROP) return;
  char *from = covered - 13;
  memcpy(from, "@kl ", 4);
  memmove(from + 4, covered, digits_length + 1);
  char *at = from + 4 + digits_length + 1;
  for (int shift = 28; shift >= 0; shift -= 4) *at++ = digits[crc >> shift & 15];
  *at++ = ' ';
  if (fault == FAULT_GARBLE) at[length / 2] ^= 1;
  at[length] = '\n';
  send(from, (size_t)(at + length + 1 - from));
}

void frame_send_json(const struct json *json) {
  frame_send(json->start, (size_t)(json->at - json->start), FAULT_NONE);
}

u64 frames_sent(void) { return sequence; }

void frames_hold(void) { holding = true; }

u64 frames_held_since_ns(void) { return held_length == 0 ? 0 : held_since_ns; }

void frames_release(void) {
  if (held_length > 0) write_all(output_fd, held, held_length);
  held_length = 0;
}

static void drain(int fd) {
  u64 until = clock_ns() + DRAIN_NS;
  while (os_unsent(fd) > 0 && clock_ns() < until) sys_yield();
}

void outputs_drain(void) {
  drain(console_fd);
  if (output_fd != console_fd && output_fd >= 0) drain(output_fd);
}
