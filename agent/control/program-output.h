/*
 * What a program writes to one of its two pipes, passed on line by line.
 */
#ifndef KERNLANE_PROGRAM_OUTPUT_H
#define KERNLANE_PROGRAM_OUTPUT_H

#include "base/sys.h"

/* One line that is passed on at once; a longer one comes in pieces. */
#define PIECE_BYTES 480

struct stream {
  /* -1 when it has ended. */
  int fd;
  const char *name;
  /* Of the line that has no end yet. */
  size_t length;
  char held[PIECE_BYTES];
  /* Read, and not yet looked at. */
  size_t start, end;
  char bytes[2048];
  /* The last reading found nothing more. */
  bool dry;
  /* How often it has been read since the program ended. */
  u32 last_reads;
};

/* What both streams of a program share. */
struct allowance {
  u32 step_id;
  u64 limit, passed, dropped;
};

/* Reads and passes on what there is, as far as frames fit, and not for ever: others want to be heard, too. */
void stream_read(struct stream *stream, struct allowance *allowance);
/* Passes on what has no end of line and will get none, and closes the stream. */
void stream_close(struct stream *stream, struct allowance *allowance);
/* The program has ended: what it wrote before is still to come. */
void stream_expect_end(struct stream *stream);
/* Everything that was written before the program's end has been passed on. */
bool stream_drained(const struct stream *stream);

#endif
