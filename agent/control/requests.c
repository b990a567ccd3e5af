#include "control/requests.h"

#include "control/processes.h"
#include "control/steps.h"

/* The process main is made when it is first needed, and again after it died; others are made by spawn. */
static bool ensure_process(int at) {
  struct context *context = &contexts[steps[at].context];
  struct result made = {0, 0};
  if (context->process == NONE && text_equal(context->name, "main")) {
    made = process_spawn("main");
    context->process = made.error == 0 ? (int)made.value : NONE;
    context->thread = 0;
  }
  if (context->process != NONE) return true;
  struct json json;
  answer_begin(&json, at, steps[at].operation, "gone");
  json_text(&json, "reason", made.error == 0 ? "there is no such process or thread" : "the guest could not make the process");
  if (made.error != 0) json_number(&json, "errno", made.error);
  answer_finish(&json, at);
  return false;
}

static size_t total(const struct request *request) {
  return request->head_length == 0 ? 0 : request->head_length + request->operands_length + 1;
}

/* What is to be written next, of three pieces in a row. */
static struct result write_piece(const struct request *request, int fd) {
  size_t at = request->written;
  if (at < request->head_length) return sys_write(fd, request->head + at, request->head_length - at);
  at -= request->head_length;
  if (at < request->operands_length) return sys_write(fd, request->operands + at, request->operands_length - at);
  return sys_write(fd, "\n", 1);
}

static void write_request(struct request *request, int fd) {
  while (request->written < total(request)) {
    struct result wrote = write_piece(request, fd);
    if (wrote.error == ERROR_INTR) continue;
    if (wrote.error == ERROR_AGAIN) return;
    /* Whoever should read has died or closed it, which is found out by its end or its silence. */
    request->written = wrote.error == 0 ? request->written + (size_t)wrote.value : total(request);
  }
}

static void add(struct request *request, const char *text) {
  size_t length = text_length(text), room = sizeof request->head - 1 - request->head_length;
  if (length > room) length = room;
  memcpy(request->head + request->head_length, text, length);
  request->head_length += length;
}

static void add_number(struct request *request, u64 value) {
  char text[24];
  format_u64(text, value);
  add(request, text);
  add(request, " ");
}

/* place is where a thread or join step means; 0 for all others. */
static void hand(int at, int place) {
  struct step *step = &steps[at];
  struct context *context = &contexts[step->context];
  struct process *process = &processes[context->process];
  struct request *request = &process->on_its_way[context->thread];
  *request = (struct request){.operands = step->operands, .operands_length = text_length(step->operands)};
  add_number(request, step->id);
  add_number(request, step->deadline_ms);
  add(request, step->operation);
  add(request, " ");
  if (place > 0) add_number(request, (u64)place);
  step->handed = true;
  write_request(request, process->requests[context->thread]);
}

void request_hand(int at) {
  if (text_length(steps[at].operation) > 24) answer_refused(at, "unknown", "this agent does not know the operation");
  else if (ensure_process(at)) hand(at, 0);
}

void request_hand_thread(int at, bool join) {
  if (!ensure_process(at)) return;
  struct step *step = &steps[at];
  struct context *context = &contexts[step->context];
  if (context->thread != 0) {
    answer_refused(at, step->operation, "a thread makes and joins no threads; its process does");
    return;
  }
  const char *name = step->operands;
  struct process *process = &processes[context->process];
  bool valid = *name != 0 && text_length(name) <= CONTEXT_NAME_BYTES;
  int place = !valid ? NONE : join ? thread_place(process, name) : thread_new_place(process, name);
  if (place != NONE) hand(at, place);
  else if (join) answer_refused(at, "join", "the process never had such a thread");
  else answer_refused(at, "thread", valid ? "a thread of that name lives, or too many do" : "a thread cannot be named so");
}

u32 requests_poll(struct pollfd *fds) {
  u32 count = 0;
  for (int at = 0; at < PROCESSES; at++) {
    struct process *process = &processes[at];
    for (int thread = 0; thread < ACTORS_PER_PROCESS && process->used; thread++) {
      const struct request *request = &process->on_its_way[thread];
      if (request->written < total(request)) fds[count++] = (struct pollfd){process->requests[thread], POLL_OUT, 0};
    }
  }
  return count;
}

void requests_write(void) {
  for (int at = 0; at < PROCESSES; at++) {
    struct process *process = &processes[at];
    for (int thread = 0; thread < ACTORS_PER_PROCESS && process->used; thread++) {
      write_request(&process->on_its_way[thread], process->requests[thread]);
    }
  }
}
