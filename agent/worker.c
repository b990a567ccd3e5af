#include "actor.h"

struct shared *shared_page;

struct actor *actor_make(int process, int thread, const char *context) {
  struct actor *actor = sys_map(sizeof *actor, false);
  char *line = sys_map(LINE_BYTES + 64, false);
  struct arena *arena = sys_map(sizeof *arena, true);
  if (actor == NULL || line == NULL || arena == NULL) return NULL;
  actor->process = process;
  actor->thread = thread;
  actor->requests_fd = FD_REQUESTS + thread;
  actor->requests = (struct lines){.buffer = line, .size = LINE_BYTES + 64};
  actor->arena = arena;
  text_copy(actor->context, sizeof actor->context, context);
  return actor;
}

static void perform(struct actor *actor, const char *operation, char *cursor) {
  static const struct {
    const char *name;
    void (*perform)(struct actor *, char *);
  } operations[] = {
      {"syscall", perform_syscall},     {"batch", perform_batch},   {"time", perform_time},
      {"barrier", perform_barrier},     {"thread", perform_thread}, {"join", perform_join},
      {"exit", perform_exit},           {"sysctl", perform_sysctl}, {"read-file", perform_read_file},
      {"write-file", perform_write_file}, {"sleep", perform_sleep},
  };
  for (size_t at = 0; at < sizeof operations / sizeof operations[0]; at++) {
    if (!text_equal(operations[at].name, operation)) continue;
    operations[at].perform(actor, cursor);
    return;
  }
  if (text_equal(operation, "exec")) perform_exec(actor);
  else reply_refused(actor, "unknown", "this agent does not know the operation");
}

/* ID DEADLINE OPERATION OPERAND… */
void actor_perform(struct actor *actor, char *line) {
  u64 step, deadline_ms;
  if (!next_number(&line, UINT32_MAX, &step) || !next_number(&line, DEADLINE_MS, &deadline_ms)) return;
  const char *operation = next_word(&line);
  if (operation == NULL) return;
  actor->step = (u32)step;
  actor->parts = 0;
  actor->until_ns = clock_ns() + deadline_ms * NS_PER_MS;
  perform(actor, operation, line);
}

static bool exiting[THREADS_PER_PROCESS + 1];

void actor_run(struct actor *actor) {
  exiting[actor->thread] = false;
  while (!exiting[actor->thread]) {
    size_t length;
    char *line = lines_next(&actor->requests, &length);
    if (line != NULL) {
      actor_perform(actor, line);
      continue;
    }
    struct result got = lines_fill(&actor->requests, actor->requests_fd);
    /* The agent has gone, or wants this process to go. */
    if (got.error != 0 ? got.error != ERROR_INTR : got.value == 0) sys_exit(0);
  }
}

/* exit STATUS: a process ends without an answer, since its end is the answer; a thread says that it goes. */
void perform_exit(struct actor *actor, char *cursor) {
  u64 status;
  if (!next_number(&cursor, 255, &status)) {
    reply_refused(actor, "exit", "the status is out of range");
    return;
  }
  if (actor->thread == 0) sys_exit((int)status);
  exiting[actor->thread] = true;
  reply_begin(actor, "exit", "exited");
  json_number_field(&actor->json, "exit", (i64)status);
  reply_end(actor);
}

static _Noreturn void run(int process, const char *context, u32 executed_in_step) {
  struct actor *actor = actor_make(process, 0, context);
  if (actor == NULL) sys_exit(1);
  if (executed_in_step != 0) {
    actor->step = executed_in_step;
    reply_begin(actor, "exec", "ok");
    reply_end(actor);
  }
  actor_run(actor);
  sys_exit(0);
}

void worker_run(int process, const char *context) { run(process, context, 0); }

void perform_exec(struct actor *actor) {
  char process[24], step[24];
  format_i64(process, actor->process);
  format_u64(step, actor->step);
  char *argv[] = {"kernlane-agent", "--worker", process, step, actor->context, NULL};
  char *environment[] = {NULL};
  struct result executed = os_execute_self(FD_SELF, argv, environment);
  reply_errno(actor, "exec", executed.error);
}

void worker_resume(char **argv) {
  u64 process, step;
  if (!parse_number(argv[2], &process) || process >= PROCESSES || !parse_number(argv[3], &step)) sys_exit(1);
  shared_page = sys_map_fd(FD_SHARED, sizeof *shared_page);
  /* Without a shared memory object the page ends at execve(2): barriers then hold within this process only. */
  if (shared_page == NULL) shared_page = sys_map(sizeof *shared_page, false);
  if (shared_page == NULL) sys_exit(1);
  run((int)process, argv[4], (u32)step);
}
