#include "control.h"

/* How long the kernel gets to take down a killed process before it is given up. */
#define KILL_NS (1000 * NS_PER_MS)
/* How long a process may live on after its end of the pipe is closed. */
#define MUTE_NS (100 * NS_PER_MS)

/* A worker ends these in time by itself; the controller steps in only where it does not. */
static u64 grace_ns(const struct step *step) {
  bool forked = text_equal(step->operation, "syscall") && text_begins(step->operands, "fork ");
  if (forked) return 1500 * NS_PER_MS;
  bool waits = text_equal(step->operation, "barrier") || text_equal(step->operation, "join") ||
               text_equal(step->operation, "batch") || text_equal(step->operation, "thread");
  return waits ? 300 * NS_PER_MS : 0;
}

static const char *status_of_death(const struct process *process, int step) {
  if (process->overdue_step == step) return "timed-out";
  if (process->killed_ns != 0) return "gone";
  return (process->status & 0x7f) != 0 ? "signal" : "exited";
}

/* How far a batch or a timing came, where the shared page still says so. */
static void add_progress(struct json *json, const struct process *process, const struct step *step) {
  bool counts = text_equal(step->operation, "batch") || text_equal(step->operation, "time");
  const struct context *context = &contexts[step->context];
  if (!counts || process->executed) return;
  json_number_field(json, "at", shared_page->progress[process - processes][context->thread]);
}

static void answer_death(const struct process *process, int at, bool abandoned) {
  struct json json;
  struct step *step = &steps[at];
  const char *status = status_of_death(process, at);
  answer_begin(&json, at, step->operation, status);
  if (text_equal(status, "signal")) json_number_field(&json, "signal", process->status & 0x7f);
  if (text_equal(status, "exited")) json_number_field(&json, "exit", process->status >> 8 & 0xff);
  if (text_equal(status, "gone")) json_text_field(&json, "reason", "its process was killed for another step's deadline");
  if (abandoned) json_number_field(&json, "abandoned", 1);
  add_progress(&json, process, step);
  answer_finish(&json, at);
}

static void answer_killer(struct process *process, const char *status) {
  struct json json;
  answer_begin(&json, process->killer, "kill", status);
  if (process->reaped) json_number_field(&json, "signal", process->status & 0x7f);
  answer_finish(&json, process->killer);
  process->killer = NONE;
}

static void bury(int at, bool abandoned) {
  struct process *process = &processes[at];
  for (int context = 0; context < CONTEXTS; context++) {
    struct context *one = &contexts[context];
    if (!one->used || one->process != at) continue;
    if (one->first != NONE && steps[one->first].handed) answer_death(process, one->first, abandoned);
    one->process = NONE;
  }
  for (int thread = 0; thread <= THREADS_PER_PROCESS; thread++) sys_close(process->requests[thread]);
  sys_close(process->replies);
  process->used = false;
  if (process->killer != NONE) answer_killer(process, "ok");
}

static void kill_for(int at, int step, u64 now) {
  struct process *process = &processes[at];
  if (process->killed_ns != 0) return;
  process->killed_ns = now;
  process->overdue_step = step;
  sys_kill(process->pid, SIGNAL_KILL);
}

static void kill_overdue(int at, u64 now) {
  for (int context = 0; context < CONTEXTS; context++) {
    int first = contexts[context].used && contexts[context].process == at ? contexts[context].first : NONE;
    if (first == NONE || !steps[first].handed) continue;
    if (now > steps[first].until_ns + grace_ns(&steps[first])) kill_for(at, first, now);
  }
}

void processes_check(u64 now) {
  for (int at = 0; at < PROCESSES; at++) {
    struct process *process = &processes[at];
    if (!process->used) continue;
    if (process->reaped) {
      /* What it said before its end is still in the pipe. */
      process_read_replies(at);
      bury(at, false);
      continue;
    }
    kill_overdue(at, now);
    if (process->killer != NONE && now > steps[process->killer].until_ns) answer_killer(process, "timed-out");
    if (process->mute_ns != 0 && now > process->mute_ns + MUTE_NS) kill_for(at, NONE, now);
    if (process->killed_ns != 0 && now > process->killed_ns + KILL_NS) bury(at, true);
  }
}

void processes_kill_all(void) {
  for (int at = 0; at < PROCESSES; at++) {
    if (processes[at].used) sys_kill(processes[at].pid, SIGNAL_KILL);
  }
}
