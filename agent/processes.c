#include "control.h"

struct process processes[PROCESSES];


int process_find(const char *name) {
  for (int at = 0; at < PROCESSES; at++) {
    if (processes[at].used && text_equal(processes[at].name, name)) return at;
  }
  return NONE;
}

static _Noreturn void become_worker(int at, int requests[], int replies) {
  /* A group of its own: a step that signals its whole group does not reach the agent. */
  sys2(SYS_SETPGID, 0, 0);
  sys_signal_ignore(SIGNAL_PIPE, false);
  sys_dup2(replies, FD_REPLIES);
  for (int thread = 0; thread <= THREADS_PER_PROCESS; thread++) sys_dup2(requests[thread], FD_REQUESTS + thread);
  sys_close_others(FD_SELF, FD_LAST);
  worker_run(at, processes[at].name);
}

static void close_all(const int *fds, int count) {
  for (int at = 0; at < count; at++) {
    if (fds[at] >= 0) sys_close(fds[at]);
  }
}

/* A pipe for the replies and one for each actor's requests; the reading ends of requests go to the worker. */
static struct result open_pipes(struct process *process, int worker_requests[], int *worker_replies) {
  int pipe[2];
  struct result made = sys_pipe(pipe);
  if (made.error != 0) return made;
  process->replies = pipe[0];
  *worker_replies = pipe[1];
  sys_set_nonblocking(pipe[0]);
  for (int thread = 0; thread <= THREADS_PER_PROCESS && made.error == 0; thread++) {
    made = sys_pipe(pipe);
    if (made.error != 0) break;
    worker_requests[thread] = pipe[0];
    process->requests[thread] = pipe[1];
  }
  return made;
}

struct result process_spawn(const char *name) {
  int at = 0;
  while (at < PROCESSES && processes[at].used) at++;
  if (at == PROCESSES) return (struct result){-1, ERROR_AGAIN};
  struct process *process = &processes[at];
  memset(process, 0, sizeof *process);
  text_copy(process->name, sizeof process->name, name);
  process->overdue_step = process->killer = process->replies = NONE;
  int worker_requests[THREADS_PER_PROCESS + 1], worker_replies = NONE;
  for (int thread = 0; thread <= THREADS_PER_PROCESS; thread++) worker_requests[thread] = process->requests[thread] = NONE;
  struct result made = open_pipes(process, worker_requests, &worker_replies);
  if (made.error == 0) made = sys_fork();
  if (made.error == 0 && made.value == 0) become_worker(at, worker_requests, worker_replies);
  close_all(worker_requests, THREADS_PER_PROCESS + 1);
  close_all(&worker_replies, 1);
  if (made.error != 0) {
    close_all(process->requests, THREADS_PER_PROCESS + 1);
    close_all(&process->replies, 1);
    return made;
  }
  process->used = true;
  process->pid = (i32)made.value;
  process->lines = (struct lines){.buffer = process->buffer, .size = sizeof process->buffer};
  return (struct result){at, 0};
}

static void answer_gone(int at, const char *reason) {
  struct json json;
  answer_begin(&json, at, steps[at].operation, "gone");
  json_text_field(&json, "reason", reason);
  answer_finish(&json, at);
}

/* The process main is made when it is first needed, and again after it died; others are made by spawn. */
static bool ensure_process(struct context *context) {
  if (context->process == NONE && text_equal(context->name, "main")) {
    struct result made = process_spawn("main");
    context->process = made.error == 0 ? (int)made.value : NONE;
    context->thread = 0;
  }
  return context->process != NONE;
}

void process_hand(int at, const char *operation, const char *operands) {
  static char line[LINE_BYTES + 128];
  struct step *step = &steps[at];
  struct context *context = &contexts[step->context];
  if (!ensure_process(context)) {
    answer_gone(at, "there is no such process or thread");
    return;
  }
  step->handed = true;
  struct json text;
  json_begin(&text, line, sizeof line);
  json_u64(&text, step->id);
  json_raw(&text, " ");
  json_u64(&text, step->deadline_ms);
  json_raw(&text, " ");
  json_raw(&text, operation);
  json_raw(&text, " ");
  json_raw(&text, operands);
  *text.at++ = '\n';
  /* An idle actor reads; one that died meanwhile is found by its reply pipe, so an error needs no answer here. */
  for (const char *from = line; from < text.at;) {
    struct result wrote = sys_write(processes[context->process].requests[context->thread], from, (size_t)(text.at - from));
    if (wrote.error != 0 && wrote.error != ERROR_INTR) break;
    if (wrote.error == 0) from += wrote.value;
  }
}

/* The threads of a process have ended without a word: by execve(2), or with the process. */
void process_unbind_threads(int at) {
  for (int context = 0; context < CONTEXTS; context++) {
    struct context *one = &contexts[context];
    if (one->process != at || one->thread == 0) continue;
    if (one->first != NONE && steps[one->first].handed) answer_gone(one->first, "the process executed");
    one->process = NONE;
  }
  memset(processes[at].thread_names, 0, sizeof processes[at].thread_names);
  memset(processes[at].thread_alive, 0, sizeof processes[at].thread_alive);
}

/* Where a thread of this name lives, or NONE. */
static int thread_slot(const struct process *process, const char *name) {
  for (int slot = 1; slot <= THREADS_PER_PROCESS; slot++) {
    if (text_equal(process->thread_names[slot], name)) return slot;
  }
  return NONE;
}

/* A place for a new thread: that of its namesake, if it has ended, else a fresh one, else that of any that has ended. */
static int thread_place(struct process *process, const char *name) {
  int slot = thread_slot(process, name);
  if (slot != NONE) return process->thread_alive[slot] ? NONE : slot;
  slot = thread_slot(process, "");
  for (int at = 1; at <= THREADS_PER_PROCESS && slot == NONE; at++) {
    if (!process->thread_alive[at]) slot = at;
  }
  if (slot != NONE) text_copy(process->thread_names[slot], sizeof process->thread_names[0], name);
  return slot;
}

/* thread NAME and join NAME: the worker wants to know which of its places is meant. */
void process_hand_thread(int at, bool join) {
  struct step *step = &steps[at];
  struct context *context = &contexts[step->context];
  if (!ensure_process(context)) {
    answer_gone(at, "there is no such process or thread");
    return;
  }
  if (context->thread != 0) {
    answer_refused(at, step->operation, "a thread makes and joins no threads; its process does");
    return;
  }
  const char *name = step->operands;
  int process = context->process;
  int slot = join ? thread_slot(&processes[process], name) : thread_place(&processes[process], name);
  if (slot == NONE || *name == 0 || text_length(name) > CONTEXT_NAME_BYTES) {
    answer_refused(at, step->operation,
                   join ? "there was no such thread" : "there is a thread of that name, or no place for another");
    return;
  }
  char operands[64];
  size_t length = format_u64(operands, (u64)slot);
  operands[length++] = ' ';
  text_copy(operands + length, sizeof operands - length, name);
  process_hand(at, step->operation, operands);
}

/* What a thread, exec or exit step has changed, read off its reply. */
static void note_reply(int at, int thread, int step, const char *json) {
  struct process *process = &processes[at];
  if (text_equal(steps[step].operation, "thread")) {
    bool started = text_begins(json, "{\"kind\":\"thread\",\"status\":\"ok\"");
    int slot = thread_slot(process, steps[step].operands);
    if (slot != NONE && started) {
      char name[sizeof contexts[0].name];
      text_copy(name, sizeof name, process->name);
      size_t length = text_length(name);
      name[length++] = '/';
      text_copy(name + length, sizeof name - length, steps[step].operands);
      context_bind(name, at, slot);
      process->thread_alive[slot] = true;
    }
  }
  if (text_begins(json, "{\"kind\":\"exec\",\"status\":\"ok\"")) {
    process->executed = true;
    process_unbind_threads(at);
  }
  if (thread > 0 && text_begins(json, "{\"kind\":\"exit\"")) {
    process->thread_alive[thread] = false;
    contexts[steps[step].context].process = NONE;
  }
}

static void read_reply(int at, char *line, size_t length) {
  int thread = length < 3 ? NONE : line[0] - 'a';
  for (int context = 0; context < CONTEXTS; context++) {
    struct context *one = &contexts[context];
    int step = one->first;
    if (!one->used || one->process != at || one->thread != thread || step == NONE || !steps[step].handed) continue;
    if (line[1] == 'P') {
      frame_send(line + 2, length - 2, FAULT_NONE);
    } else {
      note_reply(at, thread, step, line + 2);
      step_finish(step, line + 2, length - 2);
    }
    return;
  }
}

void process_read_replies(int at) {
  struct process *process = &processes[at];
  for (;;) {
    struct result got = lines_fill(&process->lines, process->replies);
    size_t length;
    for (char *line; (line = lines_next(&process->lines, &length)) != NULL;) read_reply(at, line, length);
    if (got.error == ERROR_INTR) continue;
    if (got.error == 0 && got.value == 0 && process->mute_ns == 0) process->mute_ns = clock_ns();
    if (got.error != 0 || got.value == 0) return;
  }
}

void processes_reap(void) {
  i32 status;
  for (struct result died; (died = sys_wait(-1, &status, WAIT_NO_HANG)).error == 0 && died.value > 0;) {
    for (int at = 0; at < PROCESSES; at++) {
      if (!processes[at].used || processes[at].pid != died.value) continue;
      processes[at].reaped = true;
      processes[at].status = status;
    }
    programs_reaped((i32)died.value, status);
  }
}
