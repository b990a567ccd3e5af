/*
 * The worker processes: how they are made, what their threads are called, and the pipes to them.
 */
#ifndef KERNLANE_PROCESSES_H
#define KERNLANE_PROCESSES_H

#include "base/sys.h"
#include "base/words.h"
#include "control/contexts.h"
#include "worker/shared.h"

/* A request on its way to an actor: the head, then the operands as they stand in the step, then a newline. */
struct request {
  char head[128];
  size_t head_length;
  const char *operands;
  size_t operands_length;
  /* Nothing is on its way when all of it was. */
  size_t written;
};

struct process {
  bool used;
  char name[CONTEXT_NAME_BYTES + 1];
  i32 pid, status;
  bool reaped, executed;
  /* The signal that has stopped it; 0 while it runs. */
  i32 stopped;
  /* Something that is no reply came on its pipe. */
  bool spoiled;
  int replies, requests[ACTORS_PER_PROCESS];
  struct request on_its_way[ACTORS_PER_PROCESS];
  char thread_names[ACTORS_PER_PROCESS][CONTEXT_NAME_BYTES + 1];
  bool thread_alive[ACTORS_PER_PROCESS];
  struct lines lines;
  char buffer[2 * FRAME_BYTES];
  /* When it was killed, and the step whose deadline it was for; 0 and NONE while it was not, or for something else. */
  u64 killed_ns;
  int overdue_step;
  /* The kill step that waits for its end, or NONE. */
  int killer;
  /* When its pipe ended although it had not been seen to die; 0 while neither. */
  u64 mute_ns;
};

extern struct process processes[PROCESSES];

struct result process_spawn(const char *name);
int process_find(const char *name);
/* Closes its pipes and forgets it. */
void process_forget(int process);
/* Finds out which workers have ended or stopped; every other child that has ended is handed to other. */
void processes_reap(void (*other)(i32 pid, i32 status));
void processes_kill_all(void);

/* Where a thread of this name lives, or NONE. */
int thread_place(const struct process *process, const char *name);
/* A place for a new thread of this name; NONE when there is none, or the name lives. */
int thread_new_place(struct process *process, const char *name);

#endif
