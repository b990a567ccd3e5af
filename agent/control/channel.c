#include "control/channel.h"

#include "base/os.h"
#include "control/console.h"
#include "limits.h"

#define STANDARD_INPUT 0
#define STANDARD_OUTPUT 1
/* A reader that takes nothing for this long has gone. */
#define STUCK_NS (30000 * NS_PER_MS)
/* A device whose peer is away says so at once whenever it is asked: it is asked again after this. */
#define REST_NS (20 * NS_PER_MS)
#define CONSOLE_DRAIN_NS (200 * NS_PER_MS)
/* A port that has not appeared after half a second is not waited for: the next channel is taken. */
#define APPEARS_TRIES 100
#define APPEARS_MS 5
/* As many frames of full size may wait. */
#define WAITING_FRAMES 64
/* The death of a process answers a step of each of its threads. */
#define FRAMES_AT_ONCE (THREADS_PER_PROCESS + 4)

static char buffer[WAITING_FRAMES * FRAME_BYTES];
static struct output own_output = {.fd = -1, .buffer = buffer, .size = sizeof buffer};
/* The console's where both are one device, so that lines of the two do not mix. */
static struct output *output = &own_output;
static int input_fd = -1;
static enum silence silence = SILENCE_AWAY;
static char name[256];
static u64 sequence;
static u64 held_since_ns, rests_until_ns;

static void open_standard(void) {
  input_fd = STANDARD_INPUT;
  own_output.fd = STANDARD_OUTPUT;
  silence = SILENCE_END;
  console_leave_standard_output();
}

static void open_console(void) {
  output = console_output();
  struct result reading = sys_open("/dev/console", OPEN_READ | OPEN_NO_CTTY | OPEN_NONBLOCK, 0);
  if (reading.error == 0) input_fd = (int)reading.value;
}

static bool open_device(const char *path) {
  const u32 how = OPEN_READ_WRITE | OPEN_NO_CTTY | OPEN_NONBLOCK;
  struct result opened = sys_open(path, how, 0);
  char device[256];
  for (int tries = 0; opened.error != 0 && tries < APPEARS_TRIES && os_channel_may_appear(path); tries++) {
    if (os_resolve_channel(path, device, sizeof device)) opened = sys_open(device, how, 0);
    if (opened.error != 0) sys_sleep_ms(APPEARS_MS);
  }
  if (opened.error != 0) return false;
  input_fd = own_output.fd = (int)opened.value;
  own_output.nonblocking = true;
  if (os_make_raw(input_fd)) silence = SILENCE_HUNG_UP;
  return true;
}

bool channel_open(char paths[][256], size_t count) {
  for (size_t at = 0; at < count; at++) {
    if (text_equal(paths[at], "stdio")) open_standard();
    else if (text_equal(paths[at], "console")) open_console();
    else if (!open_device(paths[at])) continue;
    text_copy(name, sizeof name, paths[at]);
    return true;
  }
  return false;
}

const char *channel_name(void) { return name; }

int channel_input(void) { return input_fd; }

enum silence channel_silence(void) { return silence; }

bool frames_fit(void) { return output_room(output) >= FRAMES_AT_ONCE * FRAME_BYTES; }

void frames_release(void) {
  held_since_ns = 0;
  output_flush(output);
}

void frame_send(const char *json, size_t length, enum fault fault) {
  static char line[FRAME_BYTES + 64];
  static const char digits[] = "0123456789abcdef";
  if (length > JSON_BYTES) length = JSON_BYTES;
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
  output_add(output, from, (size_t)(at + length + 1 - from));
  if (held_since_ns == 0) held_since_ns = clock_ns();
  if (output_room(output) < output->size / 2) frames_release();
}

u64 frames_sent(void) { return sequence; }

u64 frames_held_since_ns(void) { return held_since_ns; }

u32 channel_poll(struct pollfd *fds, bool wants_requests) {
  u32 count = 0;
  struct output *console = console_output();
  bool wants_room = output_waits(output) && held_since_ns == 0;
  if (wants_requests && input_fd >= 0) fds[count++] = (struct pollfd){input_fd, POLL_IN, 0};
  if (wants_room && count > 0 && input_fd == output->fd) fds[0].events |= POLL_OUT;
  else if (wants_room) fds[count++] = (struct pollfd){output->fd, POLL_OUT, 0};
  if (output_waits(console) && console != output) fds[count++] = (struct pollfd){console->fd, POLL_OUT, 0};
  return count;
}

bool channel_polled(const struct pollfd *fds, u32 count, u64 now) {
  bool requests = false, said = false, useful = false;
  for (u32 at = 0; at < count; at++) {
    said = said || fds[at].revents != 0;
    useful = useful || (fds[at].revents & fds[at].events) != 0;
    requests = requests || (fds[at].fd == input_fd && (fds[at].events & POLL_IN) != 0 && fds[at].revents != 0);
  }
  if (held_since_ns == 0) output_flush(output);
  output_flush(console_output());
  if (said && !useful) channel_rest(now);
  return requests;
}

bool channel_rests(u64 now) { return now < rests_until_ns; }

void channel_rest(u64 now) { rests_until_ns = now + REST_NS; }

i32 channel_error(void) { return output->error; }

void channel_drop_if_stuck(u64 now) {
  if (output->stuck_since_ns != 0 && now > output->stuck_since_ns + STUCK_NS) output_drop(output);
}

void channel_drain(u64 most_ns) {
  held_since_ns = 0;
  output_drain(output, most_ns);
  if (output != console_output()) output_drain(console_output(), most_ns < CONSOLE_DRAIN_NS ? most_ns : CONSOLE_DRAIN_NS);
}
