/*
 * What the agent and all of its workers share: the numbers of descriptors, and some memory.
 */
#ifndef KERNLANE_SHARED_H
#define KERNLANE_SHARED_H

#include "base/base.h"
#include "limits.h"

/*
 * The descriptors of a worker, the same in every one of them, so that they survive the exec step and leave the low numbers to
 * the steps: a probe's open(2) gives 3 under every kernel. They are closed by every other execve(2).
 */
#define FD_SELF 200
#define FD_SHARED 201
#define FD_REPLIES 202
#define FD_REQUESTS 203 /* and one more for each thread */
#define FD_LAST (FD_REQUESTS + THREADS_PER_PROCESS)

/* It could not read a request or send a reply any more: the descriptors are closed. */
#define CUT_OFF_DESCRIPTORS 1
#define CUT_OFF_NO_MEMORY 2

#define ACTORS_PER_PROCESS (THREADS_PER_PROCESS + 1)

/* What a sysctl was before a step wrote it; whoever puts it back may be another process. */
struct kept_sysctl {
  volatile bool kept;
  char name[SYSCTL_NAME_BYTES + 1];
  size_t length;
  u8 value[SYSCTL_VALUE_BYTES];
};

struct shared {
  /* How often each was met (upper half) and how many have come since (lower half). */
  volatile u64 barriers[BARRIERS];
  /* Where an actor waits: how often that barrier had been met (upper half), and its number plus 1; 0 when it does not. */
  volatile u64 waiting[PROCESSES][ACTORS_PER_PROCESS];
  /* Which call of a batch or time step is under way: what is known of it when it dies. */
  volatile u32 progress[PROCESSES][ACTORS_PER_PROCESS];
  /* Why the process ended by itself, where that was no step's doing; 0 when it did not. */
  volatile u32 cut_off[PROCESSES];
  struct kept_sysctl sysctls[SYSCTLS_SET];
};

extern struct shared *shared_page;

#endif
