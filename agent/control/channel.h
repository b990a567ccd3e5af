/*
 * Where the agent's frames go and, in the live transport, requests come from (docs/probe-protocol.md, "Frames").
 */
#ifndef KERNLANE_CHANNEL_H
#define KERNLANE_CHANNEL_H

#include "base/json.h"
#include "base/sys.h"

/* Opens the first of the paths that can be; "console" and "stdio" are words of their own. False when none can. */
bool channel_open(char paths[][256], size_t count);
const char *channel_name(void);
/* What requests are read from; -1 when there is nothing. */
int channel_input(void);
/* What reading nothing means. */
enum silence {
  /* A pipe has ended, and the run with it. */
  SILENCE_END,
  /* A terminal was hung up, and its descriptor will say so for ever. */
  SILENCE_HUNG_UP,
  /* A device's peer is away, and may come back. */
  SILENCE_AWAY,
};
enum silence channel_silence(void);

/* What a fault step does to the next frame. */
enum fault { FAULT_NONE, FAULT_DROP, FAULT_GARBLE };

/*
 * Whether as many frames as one event causes at most have room to wait for their reader. Whoever makes frames asks first, and
 * lets things wait when there is none; a frame without room would be lost.
 */
bool frames_fit(void);
/* Sends the text of one JSON object as the next frame. */
void frame_send(const char *json, size_t length, enum fault fault);
/* Frames so far, dropped and garbled ones included. */
u64 frames_sent(void);
/* Frames gather until a release; several go out in one write. */
void frames_release(void);
/* Since when the oldest of the gathered frames waits for its release; 0 when there is none. */
u64 frames_held_since_ns(void);

#define CHANNEL_POLLED 3
/* Adds what is waited for: requests if wanted, and room for what waits. */
u32 channel_poll(struct pollfd *fds, bool wants_requests);
/* Looks at what poll(2) said of those, writes what goes, and returns whether there are requests to read. */
bool channel_polled(const struct pollfd *fds, u32 count, u64 now);
/* The channel's peer is away: it is looked for again in a moment. */
bool channel_rests(u64 now);
void channel_rest(u64 now);

/* The errno of a channel that cannot be written any more; 0 while it can. */
i32 channel_error(void);
/* What waits has not moved for so long that its reader has gone: it is lost then, and the numbers show it. */
void channel_drop_if_stuck(u64 now);
/*
 * Waits until the channel has sent what it holds, and a moment for the console, so that a kernel that dies next loses none of
 * it.
 */
void channel_drain(u64 most_ns);

#endif
