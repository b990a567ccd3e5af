/*
 * Where the agent's frames go and, in the live transport, requests come from; and the console, where people read
 * (docs/probe-protocol.md, "Frames").
 */
#ifndef KERNLANE_CHANNEL_H
#define KERNLANE_CHANNEL_H

#include "json.h"

/* Opens the console: path, or /dev/console as the first process, or standard output. */
void console_open(const char *path, bool first_process);
/* One line "kernlane: …" of the texts up to a null. */
void console_say(const char *text, ...);

/* Opens the first of the paths that can be; "console" and "stdio" are words of their own. False when none can. */
bool channel_open(char paths[][256], size_t count);
const char *channel_name(void);
/* What requests are read from; -1 when there is nothing. */
int channel_input(void);
/* Whether the end of the input is the end of the run: a pipe's end is, a device's peer may come back. */
bool channel_input_ends(void);

/* What a fault step does to the next frame. */
enum fault { FAULT_NONE, FAULT_DROP, FAULT_GARBLE };

/* Sends the text of one JSON object as the next frame. */
void frame_send(const char *json, size_t length, enum fault fault);
void frame_send_json(const struct json *json);
/* Frames so far, dropped and garbled ones included. */
u64 frames_sent(void);
/* From now on frames gather in a buffer, and several go out in one write at a release. */
void frames_hold(void);
void frames_release(void);
/* Since when the oldest of the held frames waits; 0 when there is none. */
u64 frames_held_since_ns(void);

/* Waits until console and channel have sent what they hold, so that a kernel that dies next loses none of it. */
void outputs_drain(void);

#endif
