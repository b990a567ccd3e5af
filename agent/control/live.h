/*
 * The live transport: requests arrive in frames of the host's, numbered from 1, and a request's number is its step's id. A
 * number is carried out at most once, whatever the host sends again (docs/probe-protocol.md, "Live").
 */
#ifndef KERNLANE_LIVE_H
#define KERNLANE_LIVE_H

#include "base/base.h"

/* Keeps replies from now on, for a host that asks again. */
void live_begin(void);
/* Reads what there is; poll(2) has said that there is something. */
void live_read(u64 now);
/* Takes the lines that were read, as far as there is room for steps and frames. True when all are taken. */
bool live_take_lines(void);
/* Whether more can be read. */
bool live_has_room(void);
/* No more requests will come. */
bool live_ended(void);
/* The errno for which that is so; 0 when the input ended as it should. */
i32 live_error(void);

#endif
