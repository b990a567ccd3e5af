/*
 * The console, where people read.
 */
#ifndef KERNLANE_CONSOLE_H
#define KERNLANE_CONSOLE_H

#include "control/output.h"

/* Opens path, or /dev/console as the first process; else it stays standard output. */
void console_open(const char *path, bool first_process);
/* Standard output belongs to the channel from now on: people read standard error. */
void console_leave_standard_output(void);
/* One line "kernlane: …" of the texts up to a null. Where the console takes nothing more, lines are dropped and counted. */
void console_say(const char *text, ...);
struct output *console_output(void);

#endif
