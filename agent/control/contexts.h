/*
 * Where steps run one after another: main, a process, or a thread of one.
 */
#ifndef KERNLANE_CONTEXTS_H
#define KERNLANE_CONTEXTS_H

#include "base/base.h"
#include "limits.h"

#define CONTEXTS (PROCESSES * (THREADS_PER_PROCESS + 1))
#define NONE (-1)

struct context {
  bool used;
  char name[2 * CONTEXT_NAME_BYTES + 2];
  /* Of its steps that wait or run; NONE when there is none. */
  int first, last;
  /* NONE until a spawn or thread step has made it, and again when it has ended. */
  int process, thread;
};

extern struct context contexts[CONTEXTS];

/* NAME or NAME/NAME. */
bool context_name_valid(const char *name);
/* The context of this name, a new one if need be; NONE when there are too many that live or are waited for. */
int context_of(const char *name);
/* Steps of this context go to this thread of this process from now on. */
bool context_bind(const char *name, int process, int thread);

#endif
