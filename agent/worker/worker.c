#include "worker/worker.h"

#include "worker/barrier.h"
#include "worker/perform.h"
#include "worker/reply.h"

#define STACK_BYTES 131072
#define REQUEST_BYTES (LINE_BYTES + 256)
/* An earlier thread of the same place was told to exit; this is only its way out of the kernel. */
#define GONE_NS (5000 * NS_PER_MS)

struct shared *shared_page;

/* By place: the main thread at 0, others where the agent has told. What a place once had it keeps. */
static struct {
  struct actor *actor;
  void *stack;
  bool exiting;
} places[ACTORS_PER_PROCESS];

static void perform(struct actor *actor, const char *operation, char *cursor);

static struct actor *make_actor(int process, int thread) {
  struct actor *actor = sys_map(sizeof *actor, false);
  char *line = sys_map(REQUEST_BYTES, false);
  struct arena *arena = sys_map(sizeof *arena, true);
  if (actor == NULL || line == NULL || arena == NULL) {
    if (actor != NULL) sys_unmap(actor, sizeof *actor);
    if (line != NULL) sys_unmap(line, REQUEST_BYTES);
    if (arena != NULL) sys_unmap(arena, sizeof *arena);
    return NULL;
  }
  actor->process = process;
  actor->thread = thread;
  actor->requests_fd = FD_REQUESTS + thread;
  actor->requests = (struct lines){.buffer = line, .size = REQUEST_BYTES};
  actor->arena = arena;
  return actor;
}

/* ID DEADLINE OPERATION OPERAND… */
static void take_request(struct actor *actor, char *line) {
  u64 step, deadline_ms;
  if (!next_number(&line, UINT32_MAX, &step) || !next_number(&line, DEADLINE_MS, &deadline_ms)) return;
  const char *operation = next_word(&line);
  if (operation == NULL) return;
  actor->step = (u32)step;
  actor->parts = 0;
  actor->until_ns = clock_ns() + deadline_ms * NS_PER_MS;
  perform(actor, operation, line);
}

/* Reads requests and carries them out until it is told to exit. */
static void run(struct actor *actor) {
  places[actor->thread].exiting = false;
  while (!places[actor->thread].exiting) {
    size_t length;
    char *line = lines_next(&actor->requests, &length);
    if (line != NULL) {
      take_request(actor, line);
      continue;
    }
    struct result got = lines_fill(&actor->requests, actor->requests_fd);
    if (got.error == 0 ? got.value > 0 : got.error == ERROR_INTR) continue;
    /* A step has made the descriptor non-blocking, or has closed it; or the agent has gone, which then reads no note. */
    struct pollfd readable = {actor->requests_fd, POLL_IN, 0};
    if (got.error == ERROR_AGAIN) sys_poll(&readable, 1, 1000);
    else reply_cut_off(actor);
  }
}

static void thread_main(void *argument) {
  struct actor *actor = argument;
  run(actor);
  os_thread_exit(&actor->os);
}

/* A thread that ended without reading all that it was sent leaves it to its successor, for whom it is not. */
static void drop_requests(struct actor *actor) {
  char dropped[512];
  struct pollfd readable = {actor->requests_fd, POLL_IN, 0};
  actor->requests.start = actor->requests.end = 0;
  while (sys_poll(&readable, 1, 0).value == 1 && (readable.revents & POLL_IN) != 0) {
    struct result got = sys_read(actor->requests_fd, dropped, sizeof dropped);
    if (got.error != 0 || got.value == 0) return;
  }
}

static void name_thread(struct actor *made, const struct actor *parent, const char *name) {
  text_copy(made->context, sizeof made->context, parent->context);
  size_t length = text_length(made->context);
  text_copy(made->context + length, sizeof made->context - length, "/");
  text_copy(made->context + length + 1, sizeof made->context - length - 1, name);
}

/* thread PLACE NAME; the agent has chosen the place. */
static void perform_thread(struct actor *actor, char *cursor) {
  u64 place;
  if (!next_number(&cursor, THREADS_PER_PROCESS, &place) || place == 0) {
    reply_refused(actor, "thread", "the thread's place is out of range");
    return;
  }
  if (places[place].stack == NULL) places[place].stack = sys_map(STACK_BYTES, false);
  if (places[place].actor == NULL) places[place].actor = make_actor(actor->process, (int)place);
  struct actor *made = places[place].actor;
  if (made == NULL || places[place].stack == NULL) {
    reply_refused(actor, "thread", "the guest has no memory for a thread");
    return;
  }
  if (!os_thread_gone(&made->os, GONE_NS)) {
    reply_refused(actor, "thread", "the thread that had this place before has not ended yet");
    return;
  }
  const char *name = next_word(&cursor);
  name_thread(made, actor, name == NULL ? "" : name);
  drop_requests(made);
  made->results_count = 0;
  struct result started = os_thread_start(&made->os, places[place].stack, STACK_BYTES, thread_main, made);
  if (started.error != 0) {
    reply_errno(actor, "thread", started.error);
    return;
  }
  reply_begin(actor, "thread", "ok");
  json_number(&actor->json, "tid", made->os.tid);
  reply_end_as(actor, REPLY_THREAD_STARTED);
}

/* join PLACE NAME */
static void perform_join(struct actor *actor, char *cursor) {
  u64 place;
  bool known = next_number(&cursor, THREADS_PER_PROCESS, &place) && place > 0 && places[place].actor != NULL;
  if (!known) {
    reply_refused(actor, "join", "the process never had such a thread");
    return;
  }
  u64 now = clock_ns();
  bool gone = os_thread_gone(&places[place].actor->os, actor->until_ns > now ? actor->until_ns - now : 0);
  reply_begin(actor, "join", gone ? "ok" : "timed-out");
  reply_end(actor);
}

/* exit STATUS: a process ends without an answer, since its end is the answer; a thread says that it goes. */
static void perform_exit(struct actor *actor, char *cursor) {
  u64 status;
  if (!next_number(&cursor, 255, &status)) {
    reply_refused(actor, "exit", "the status is out of range");
    return;
  }
  if (actor->thread == 0) sys_exit((int)status);
  places[actor->thread].exiting = true;
  reply_begin(actor, "exit", "exited");
  json_number(&actor->json, "exit", (i64)status);
  reply_end_as(actor, REPLY_THREAD_ENDS);
}

static void keep_descriptors(bool keep) {
  for (int fd = FD_SELF; fd <= FD_LAST; fd++) sys_set_close_on_exec(fd, !keep);
}

static void perform_exec(struct actor *actor, char *cursor) {
  (void)cursor;
  char process[24], step[24];
  format_i64(process, actor->process);
  format_u64(step, actor->step);
  char *argv[] = {"kernlane-agent", "--worker", process, step, actor->context, NULL};
  char *environment[] = {NULL};
  keep_descriptors(true);
  struct result executed = os_execute_self(FD_SELF, argv, environment);
  keep_descriptors(false);
  reply_errno(actor, "exec", executed.error);
}

static void perform(struct actor *actor, const char *operation, char *cursor) {
  static const struct {
    const char *name;
    void (*perform)(struct actor *, char *);
  } operations[] = {
      {"syscall", perform_syscall},     {"batch", perform_batch},       {"time", perform_time},
      {"barrier", perform_barrier},     {"thread", perform_thread},     {"join", perform_join},
      {"exec", perform_exec},           {"exit", perform_exit},         {"sysctl", perform_sysctl},
      {"sysctl-set", perform_sysctl_set}, {"sysctl-restore", perform_sysctl_restore}, {"sysctl-tree", perform_sysctl_tree},
      {"read-file", perform_read_file}, {"write-file", perform_write_file}, {"sleep", perform_sleep},
  };
  for (size_t at = 0; at < sizeof operations / sizeof operations[0]; at++) {
    if (!text_equal(operations[at].name, operation)) continue;
    operations[at].perform(actor, cursor);
    return;
  }
  reply_refused(actor, "unknown", "this agent does not know the operation");
}

static _Noreturn void run_main(int process, const char *context, u32 executed_in_step) {
  struct actor *actor = places[0].actor = make_actor(process, 0);
  if (actor == NULL) {
    shared_page->cut_off[process] = CUT_OFF_NO_MEMORY;
    sys_exit(1);
  }
  text_copy(actor->context, sizeof actor->context, context);
  keep_descriptors(false);
  if (executed_in_step != 0) {
    actor->step = executed_in_step;
    reply_begin(actor, "exec", "ok");
    reply_end_as(actor, REPLY_EXECUTED);
  }
  run(actor);
  sys_exit(0);
}

void worker_run(int process, const char *context) { run_main(process, context, 0); }

void worker_resume(char **argv) {
  u64 process, step;
  if (!parse_number(argv[2], &process) || process >= PROCESSES || !parse_number(argv[3], &step)) sys_exit(1);
  shared_page = sys_map_fd(FD_SHARED, sizeof *shared_page);
  /* Without a shared memory object the page ends at execve(2): barriers then hold within this process only. */
  if (shared_page == NULL) shared_page = sys_map(sizeof *shared_page, false);
  if (shared_page == NULL) sys_exit(1);
  run_main((int)process, argv[4], (u32)step);
}
