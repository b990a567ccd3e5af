/*
 * The controller: the agent's first process. It makes no system call of a probe's itself; it hands steps to workers, passes
 * on what they answer, keeps the deadlines, and outlives whatever a step does to the process that makes it.
 */
#ifndef KERNLANE_CONTROL_H
#define KERNLANE_CONTROL_H

#include "actor.h"
#include "channel.h"
#include "plan.h"

#define STEPS 4096
#define CONTEXTS (PROCESSES * (THREADS_PER_PROCESS + 1))
#define PROGRAMS 8
#define INLINE_BYTES 256
#define NONE (-1)

/* A step that waits or runs. */
struct step {
  bool used, running;
  /* A worker has it. */
  bool handed;
  u32 id;
  int context, next_of_context;
  u64 deadline_ms, until_ns;
  /* Parts of the request's line. */
  const char *after, *name;
  char *operation, *operands;
  /* A live request is kept here, or in a mapping of its own when it is longer. */
  char line[INLINE_BYTES];
  char *mapped;
  size_t mapped_bytes;
};

/* Where steps run one after another: main, a process, or a thread of one. */
struct context {
  bool used;
  char name[2 * CONTEXT_NAME_BYTES + 2];
  int first, last;
  /* NONE until a spawn or thread step has made it, and again when it is gone. */
  int process, thread;
};

struct process {
  bool used;
  char name[CONTEXT_NAME_BYTES + 1];
  i32 pid, status;
  bool reaped, executed;
  int replies, requests[THREADS_PER_PROCESS + 1];
  char thread_names[THREADS_PER_PROCESS + 1][CONTEXT_NAME_BYTES + 1];
  bool thread_alive[THREADS_PER_PROCESS + 1];
  struct lines lines;
  char buffer[2 * FRAME_BYTES];
  /* When it was killed for a deadline, and the step whose deadline it was; 0 while it was not. */
  u64 killed_ns;
  int overdue_step;
  /* The kill step that waits for its end, or NONE. */
  int killer;
  /* When its pipe ended although it had not been seen to die; 0 while neither. */
  u64 mute_ns;
};

struct control {
  struct plan plan;
  bool first_process;
  u64 until_ns;
  u32 steps_done;
  bool ending;
  const char *end_status, *end_action;
  bool without_end_frame;
};

extern struct control control;
extern struct step steps[STEPS];
extern struct context contexts[CONTEXTS];
extern struct process processes[PROCESSES];

/* steps.c: the table of what waits and runs. */

/* Takes a request line, without its id, which has to stay until the step is finished. */
void step_add(u32 id, char *line);
/* The same with a copy of the line. False when the table is full: try again later. */
bool step_add_copy(u32 id, const char *line, size_t length);
bool steps_full(void);
bool step_pending(u32 id);
u32 steps_pending(void);
/* Sends the reply of a step and forgets the step. */
void step_finish(int step, const char *json, size_t length);
/* A reply that the controller makes itself: begins it up to data's first field, and finishes the step with it. */
void answer_begin(struct json *json, int step, const char *kind, const char *status);
void answer_finish(struct json *json, int step);
void answer_refused(int step, const char *kind, const char *reason);
/* Begins every step whose turn it is. True when there was one. */
bool steps_dispatch(void);
int context_find(const char *name);
/* Steps of this context go to this thread of this process from now on. */
bool context_bind(const char *name, int process, int thread);

/* processes.c */
struct result process_spawn(const char *name);
int process_find(const char *name);
void process_unbind_threads(int process);
/* Hands a step to the process or thread of its context. */
void process_hand(int step, const char *operation, const char *operands);
void process_hand_thread(int step, bool join);
void process_read_replies(int process);
/* Finds out who has died. */
void processes_reap(void);

/* overdue.c */

/* Answers the steps of those that died, kills those that are overdue. */
void processes_check(u64 now);
void processes_kill_all(void);

/* programs.c */
void program_start(int step);
void programs_reaped(i32 pid, i32 status);
void programs_check(u64 now);
u32 programs_poll(struct pollfd *fds);
void programs_read(void);
bool programs_running(void);
void programs_kill_all(void);

/* operations.c: what the controller does itself; false when the operation is a worker's. */
bool control_perform(int step);
void send_hello(int step);

/* live.c */
void live_read(void);
void live_answered(u32 id, const char *json, size_t length);
bool live_ended(void);

_Noreturn void control_run(void);
_Noreturn void control_end(void);

#endif
