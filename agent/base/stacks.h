/*
 * Where the threads of a process are in the kernel.
 */
#ifndef KERNLANE_STACKS_H
#define KERNLANE_STACKS_H

#include "base/base.h"

/*
 * Hands over the kernel stack of each thread as text: lines with | between, the first `thread TID …`. Another process asks for them,
 * and for a while only: whoever asks about a thread that hangs may have to wait for a lock that it holds.
 */
void stacks_read(i32 pid, void (*take)(void *context, const char *text, size_t length), void *context);

#endif
