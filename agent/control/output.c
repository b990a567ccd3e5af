#include "control/output.h"

#include "base/os.h"

/* A pipe that can be written takes at least this much without waiting (POSIX's PIPE_BUF). */
#define SURE_BYTES 512

size_t output_room(const struct output *output) { return output->size - (output->end - output->start); }

bool output_add(struct output *output, const char *bytes, size_t length) {
  if (length > output_room(output)) return false;
  if (length > output->size - output->end) {
    memmove(output->buffer, output->buffer + output->start, output->end - output->start);
    output->end -= output->start;
    output->start = 0;
  }
  memcpy(output->buffer + output->end, bytes, length);
  output->end += length;
  return true;
}

bool output_waits(const struct output *output) { return output->end > output->start; }

void output_drop(struct output *output) {
  output->start = output->end = 0;
  output->stuck_since_ns = 0;
}

static bool writable(int fd) {
  struct pollfd one = {fd, POLL_OUT, 0};
  return sys_poll(&one, 1, 0).value == 1 && (one.revents & (POLL_OUT | POLL_ERROR)) != 0;
}

static struct result write_some(struct output *output) {
  const char *from = output->buffer + output->start;
  size_t length = output->end - output->start;
  if (output->nonblocking) return sys_write(output->fd, from, length);
  if (!writable(output->fd)) return (struct result){-1, ERROR_AGAIN};
  return sys_write(output->fd, from, length < SURE_BYTES ? length : SURE_BYTES);
}

void output_flush(struct output *output) {
  while (output_waits(output)) {
    struct result wrote = write_some(output);
    if (wrote.error == ERROR_INTR) continue;
    if (wrote.error == ERROR_AGAIN || (wrote.error == 0 && wrote.value == 0)) {
      if (output->stuck_since_ns == 0) output->stuck_since_ns = clock_ns();
      return;
    }
    if (wrote.error != 0) {
      output->error = wrote.error;
      break;
    }
    output->start += (size_t)wrote.value;
    output->stuck_since_ns = 0;
  }
  output_drop(output);
}

void output_drain(struct output *output, u64 most_ns) {
  if (output->fd < 0) return;
  output_flush(output);
  /* Who has not read for that long already is not waited for again. */
  u64 until = (output->stuck_since_ns != 0 ? output->stuck_since_ns : clock_ns()) + most_ns;
  for (; output_waits(output) && clock_ns() < until; output_flush(output)) {
    struct pollfd one = {output->fd, POLL_OUT, 0};
    /* A device whose reader is away says so at once, and goes on saying so. */
    if (sys_poll(&one, 1, 10).value == 1 && (one.revents & POLL_OUT) == 0) sys_sleep_ms(1);
  }
  i32 unsent = os_unsent(output->fd);
  bool moves = output->unsent == 0 || unsent < output->unsent;
  while (unsent > 0 && moves && clock_ns() < until) {
    sys_yield();
    unsent = os_unsent(output->fd);
  }
  output->unsent = unsent > 0 ? unsent : 0;
}
