/*
 * An actor carries out steps: the main thread of a worker process, or another thread of it. Each has a descriptor on which
 * lines arrive; all actors of a process answer on one.
 */
#ifndef KERNLANE_ACTOR_H
#define KERNLANE_ACTOR_H

#include "json.h"
#include "limits.h"
#include "sys.h"
#include "words.h"

/*
 * The descriptors of a worker, the same in every one of them, so that they survive execve(2) and leave the low numbers to
 * the steps: a probe's open(2) gives 3 under every kernel.
 */
#define FD_SELF 200
#define FD_SHARED 201
#define FD_REPLIES 202
#define FD_REQUESTS 203 /* and one more for each thread */
#define FD_LAST (FD_REQUESTS + THREADS_PER_PROCESS)

/* One page that the agent and all of its workers see. */
struct shared {
  struct barrier {
    volatile u32 arrived, generation;
  } barriers[BARRIERS];
  /* Which call of a batch or time step is under way, by process and thread: what is known of it when it dies. */
  volatile u32 progress[PROCESSES][THREADS_PER_PROCESS + 1];
};

#define REMEMBERED_RESULTS 64

struct actor {
  int process, thread;
  char context[2 * CONTEXT_NAME_BYTES + 2];
  i32 tid;
  struct lines requests;
  int requests_fd;
  /* What a step's buffers are made of: shared with forked children. */
  struct arena *arena;
  struct json json;
  char reply[FRAME_BYTES];
  u32 step;
  /* Of this step's reply, sent ahead of it. */
  u32 parts;
  u64 until_ns;
  struct remembered {
    u32 step;
    i64 value;
  } results[REMEMBERED_RESULTS];
  u32 results_count;
  struct os_thread os;
};

struct arena {
  struct result result;
  u64 duration_ns;
  u32 returned;
  _Alignas(16) u8 bytes[BUFFER_BYTES];
};

extern struct shared *shared_page;

/* Begins {"kind":…,"status":…,"data":{"step":N and leaves data open. */
void reply_begin(struct actor *actor, const char *kind, const char *status);
/* Ends data, adds meta and sends it. */
void reply_end(struct actor *actor);
/* The same with how long a call took. */
void reply_end_timed(struct actor *actor, u64 duration_ns);
/* A whole reply of status "refused" with its reason. */
void reply_refused(struct actor *actor, const char *kind, const char *reason);
/* A whole reply of status "errno". */
void reply_errno(struct actor *actor, const char *kind, i32 error);
/* One piece of a field that is too long for one frame, as text or as hexadecimal digits. */
void reply_part(struct actor *actor, const char *field, const u8 *bytes, size_t length, bool hex);

/* Carries out one request line, without its id. */
void actor_perform(struct actor *actor, char *line);
/* Reads requests and carries them out until there are no more. */
void actor_run(struct actor *actor);
struct actor *actor_make(int process, int thread, const char *context);

/* The entry points of a worker: after fork(2), and after it executed the agent anew. */
_Noreturn void worker_run(int process, const char *context);
_Noreturn void worker_resume(char **argv);

/* The operations, by file. Each answers exactly once. */
void perform_syscall(struct actor *actor, char *cursor);
void perform_batch(struct actor *actor, char *cursor);
void perform_time(struct actor *actor, char *cursor);
void perform_barrier(struct actor *actor, char *cursor);
void perform_thread(struct actor *actor, char *cursor);
void perform_join(struct actor *actor, char *cursor);
void perform_exec(struct actor *actor);
void perform_exit(struct actor *actor, char *cursor);
void perform_sysctl(struct actor *actor, char *cursor);
void perform_read_file(struct actor *actor, char *cursor);
void perform_write_file(struct actor *actor, char *cursor);
void perform_sleep(struct actor *actor, char *cursor);

/* False when the others did not come in time. */
bool barrier_meet(u32 number, u32 parties, u64 until_ns);

#endif
