#include "control/overdue.h"

#include "base/os.h"
#include "base/stacks.h"
#include "control/channel.h"
#include "control/processes.h"
#include "control/replies.h"
#include "control/steps.h"
#include "worker/barrier.h"

/* How long the kernel gets to take down a killed process before it is given up. */
#define KILL_NS (1000 * NS_PER_MS)
/* How long a process may live on after its end of the pipe is closed: one that exits does, on a slow host for long. */
#define MUTE_NS (1000 * NS_PER_MS)

/* A worker ends these in time by itself; the controller steps in only where it does not. */
static u64 grace_ns(const struct step *step) {
  bool forked = text_equal(step->operation, "syscall") && text_begins(step->operands, "fork ");
  if (forked) return 1500 * NS_PER_MS;
  bool waits = text_equal(step->operation, "barrier") || text_equal(step->operation, "join") ||
               text_equal(step->operation, "batch") || text_equal(step->operation, "thread");
  return waits ? 300 * NS_PER_MS : 0;
}

/* Why a step's process has gone, where its end does not say it; null where it does. */
static const char *reason_of_death(const struct process *process) {
  u32 cut_off = shared_page->cut_off[process - processes];
  if (cut_off == CUT_OFF_NO_MEMORY) return "the guest has no memory for the process";
  if (cut_off != 0) return "the process has closed the descriptors to the agent (202 and up), or something else has taken their numbers";
  if (process->killed_ns == 0) return NULL;
  if (process->spoiled) return "something else than a reply was written to descriptor 202, the process's pipe to the agent";
  if (process->overdue_step != NONE) return "its process was killed for another step's deadline";
  return "the process executed a program, or closed its pipe to the agent";
}

/* How far a batch or a timing came, where the shared page still says so. */
static void add_progress(struct json *json, const struct process *process, const struct step *step) {
  bool counts = text_equal(step->operation, "batch") || text_equal(step->operation, "time");
  if (!counts || process->executed) return;
  json_number(json, "at", shared_page->progress[process - processes][contexts[step->context].thread]);
}

static void answer_death(const struct process *process, int at, bool abandoned) {
  struct json json;
  struct step *step = &steps[at];
  bool overdue = process->overdue_step == at;
  i32 signal = process->status & 0x7f;
  const char *reason = overdue ? NULL : reason_of_death(process);
  answer_begin(&json, at, step->operation, overdue ? "timed-out" : reason != NULL ? "gone" : signal != 0 ? "signal" : "exited");
  if (reason != NULL) json_text(&json, "reason", reason);
  else if (!overdue && signal != 0) json_number(&json, "signal", signal);
  else if (!overdue) json_number(&json, "exit", process->status >> 8 & 0xff);
  if (overdue && process->stopped != 0) json_number(&json, "stopped", process->stopped);
  if (abandoned) json_number(&json, "abandoned", 1);
  add_progress(&json, process, step);
  answer_finish(&json, at);
}

static void answer_killer(struct process *process, const char *status) {
  struct json json;
  answer_begin(&json, process->killer, "kill", status);
  if (process->reaped) json_number(&json, "signal", process->status & 0x7f);
  answer_finish(&json, process->killer);
  process->killer = NONE;
}

static void bury(int at, bool abandoned) {
  struct process *process = &processes[at];
  for (int context = 0; context < CONTEXTS; context++) {
    if (!contexts[context].used || contexts[context].process != at) continue;
    int step = step_handed_in(context, at);
    if (step != NONE) answer_death(process, step, abandoned);
    contexts[context].process = NONE;
  }
  for (int thread = 0; thread < ACTORS_PER_PROCESS; thread++) barrier_leave(at, thread);
  if (process->killer != NONE) answer_killer(process, "ok");
  process_forget(at);
}

static void kill_for(int at, int step, u64 now) {
  struct process *process = &processes[at];
  if (process->killed_ns != 0) return;
  process->killed_ns = now;
  process->overdue_step = step;
  if (step != NONE) stacks_read(process->pid, send_stack, &steps[step]);
  sys_kill(process->pid, SIGNAL_KILL);
}

static void kill_overdue(int at, u64 now) {
  for (int context = 0; context < CONTEXTS; context++) {
    int step = step_handed_in(context, at);
    if (step == NONE || now <= steps[step].until_ns + grace_ns(&steps[step])) continue;
    /* It may have answered in time, and its answer waits for the channel's reader. */
    if (!replies_wait(at)) kill_for(at, step, now);
  }
}

static void check_living(int at, u64 now) {
  struct process *process = &processes[at];
  kill_overdue(at, now);
  if (process->spoiled || (process->mute_ns != 0 && now > process->mute_ns + MUTE_NS)) kill_for(at, NONE, now);
  if (!frames_fit()) return;
  if (process->killer != NONE && now > steps[process->killer].until_ns) answer_killer(process, "timed-out");
  if (process->killed_ns != 0 && now > process->killed_ns + KILL_NS) {
    os_tell_blocked();
    bury(at, true);
  }
}

void processes_check(u64 now) {
  for (int at = 0; at < PROCESSES; at++) {
    if (!processes[at].used) continue;
    if (!processes[at].reaped) {
      check_living(at, now);
      continue;
    }
    /* What it said before its end is still in the pipe. */
    replies_read(at);
    if (frames_fit()) bury(at, false);
  }
}

bool processes_dying(void) {
  for (int at = 0; at < PROCESSES; at++) {
    const struct process *process = &processes[at];
    if (process->used && (process->killed_ns != 0 || process->mute_ns != 0 || process->reaped || process->spoiled)) return true;
  }
  return false;
}
