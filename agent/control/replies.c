#include "control/replies.h"

#include "control/channel.h"
#include "control/processes.h"
#include "control/steps.h"
#include "worker/barrier.h"
#include "worker/reply.h"

static void answer_gone(int at, const char *reason) {
  struct json json;
  answer_begin(&json, at, steps[at].operation, "gone");
  json_text(&json, "reason", reason);
  answer_finish(&json, at);
}

/* The threads of a process have ended by execve(2), each wherever it was. */
static void end_threads(int at) {
  struct process *process = &processes[at];
  for (int context = 0; context < CONTEXTS; context++) {
    if (contexts[context].process != at || contexts[context].thread == 0) continue;
    int step = step_handed_in(context, at);
    if (step != NONE) answer_gone(step, "the process executed");
    contexts[context].process = NONE;
  }
  for (int thread = 1; thread < ACTORS_PER_PROCESS; thread++) {
    barrier_leave(at, thread);
    process->on_its_way[thread].head_length = 0;
  }
  memset(process->thread_names, 0, sizeof process->thread_names);
  memset(process->thread_alive, 0, sizeof process->thread_alive);
}

static void note_started(int at, int step) {
  struct process *process = &processes[at];
  int place = thread_place(process, steps[step].operands);
  if (place == NONE) return;
  char name[sizeof contexts[0].name];
  text_copy(name, sizeof name, process->name);
  size_t length = text_length(name);
  name[length++] = '/';
  text_copy(name + length, sizeof name - length, steps[step].operands);
  process->thread_alive[place] = context_bind(name, at, place);
}

static void note(int at, int thread, int step, char letter) {
  if (letter == REPLY_THREAD_STARTED) note_started(at, step);
  if (letter == REPLY_THREAD_ENDS) {
    processes[at].thread_alive[thread] = false;
    contexts[steps[step].context].process = NONE;
  }
  if (letter == REPLY_EXECUTED) {
    processes[at].executed = true;
    end_threads(at);
  }
}

/* A step may have written anything to the pipe; what goes into a frame has to be JSON. */
static bool looks_like_json(const char *text, size_t length) {
  bool printable = length >= 4 && length <= JSON_BYTES;
  for (size_t at = 0; at < length && printable; at++) printable = text[at] >= 0x20 && text[at] < 0x7f;
  return printable && text[0] == '{' && text[length - 1] == '}';
}

/* LETTER THREAD STEP JSON, of a step that the thread was handed. False when it is something else. */
static bool take_reply(int at, char *line, size_t length) {
  char letter = *line, *cursor = line + 1, *end = line + length;
  u64 thread, id;
  if (length < 8 || line[1] != ' ') return false;
  if (!next_number(&cursor, THREADS_PER_PROCESS, &thread) || !next_number(&cursor, UINT32_MAX, &id)) return false;
  if (!looks_like_json(cursor, (size_t)(end - cursor))) return false;
  for (int context = 0; context < CONTEXTS; context++) {
    int step = step_handed_in(context, at);
    if (step == NONE || contexts[context].thread != (int)thread || steps[step].id != id) continue;
    if (letter == REPLY_PART) {
      frame_send(cursor, (size_t)(end - cursor), FAULT_NONE);
    } else {
      note(at, (int)thread, step, letter);
      step_finish(step, cursor, (size_t)(end - cursor));
    }
    return true;
  }
  return false;
}

static void take_lines(struct process *process, int at) {
  size_t length;
  for (char *line; frames_fit() && (line = lines_next(&process->lines, &length)) != NULL;) {
    if (!take_reply(at, line, length)) process->spoiled = true;
  }
}

void replies_read(int at) {
  struct process *process = &processes[at];
  take_lines(process, at);
  while (frames_fit()) {
    struct result got = lines_fill(&process->lines, process->replies);
    if (got.error == ERROR_INTR) continue;
    if (got.error == 0 && got.value == 0 && process->mute_ns == 0) process->mute_ns = clock_ns();
    if (got.error != 0 || got.value == 0) return;
    process->stopped = 0;
    take_lines(process, at);
  }
}

bool replies_wait(int at) {
  const struct process *process = &processes[at];
  struct pollfd said = {process->replies, POLL_IN, 0};
  return process->lines.end > process->lines.start ||
         (sys_poll(&said, 1, 0).value == 1 && (said.revents & POLL_IN) != 0);
}

u32 replies_poll(struct pollfd *fds) {
  u32 count = 0;
  for (int at = 0; at < PROCESSES && frames_fit(); at++) {
    if (processes[at].used && processes[at].mute_ns == 0) fds[count++] = (struct pollfd){processes[at].replies, POLL_IN, 0};
  }
  return count;
}

void replies_polled(const struct pollfd *fds, u32 count) {
  for (int at = 0; at < PROCESSES; at++) {
    bool said = processes[at].used && processes[at].lines.end > processes[at].lines.start;
    for (u32 one = 0; one < count; one++) said = said || (fds[one].fd == processes[at].replies && fds[one].revents != 0);
    if (processes[at].used && said) replies_read(at);
  }
}
