#include "control/operations.h"

#include "base/os.h"
#include "base/words.h"
#include "control/channel.h"
#include "control/console.h"
#include "control/processes.h"
#include "control/programs.h"
#include "control/requests.h"
#include "control/run.h"
#include "control/steps.h"

#define PROTOCOL 1
#define DRAIN_NS (200 * NS_PER_MS)

static void add_identity(struct json *json) {
  static struct identity identity;
  os_identity(&identity);
  json_text(json, "os", os_name);
  json_text(json, "sysname", identity.sysname);
  json_text(json, "release", identity.release);
  json_text(json, "version", identity.version);
  json_text(json, "machine", identity.machine);
  if (identity.ident[0] != 0) json_text(json, "ident", identity.ident);
  if (identity.bootfile[0] != 0) json_text(json, "bootfile", identity.bootfile);
  if (identity.build_id[0] != 0) json_text(json, "buildId", identity.build_id);
  if (identity.osreldate != 0) json_number(json, "osreldate", identity.osreldate);
}

static void begin_hello(struct json *json, int step) {
  answer_begin(json, step, "hello", "ready");
  json_number(json, "protocol", PROTOCOL);
  json_text(json, "run", run.plan.run_id);
  json_number(json, "pid", sys_getpid());
  json_number(json, "cpus", os_cpu_count());
  json_text(json, "transport", run.plan.live ? "live" : "oneshot");
  json_text(json, "channel", channel_name());
  json_number(json, "clock", (i64)clock_ns());
  add_identity(json);
}

void hello_send(void) {
  struct json json;
  begin_hello(&json, NONE);
  answer_send(&json);
}

static void hello(int step) {
  struct json json;
  begin_hello(&json, step);
  answer_finish(&json, step);
}

static void answer_plain(int step, const char *kind, const char *status) {
  struct json json;
  answer_begin(&json, step, kind, status);
  answer_finish(&json, step);
}

/* spawn NAME */
static void spawn(int step) {
  const char *name = steps[step].operands;
  bool plain = *name != 0 && text_length(name) <= CONTEXT_NAME_BYTES;
  for (const char *at = name; *at != 0; at++) plain = plain && *at != ' ' && *at != '/';
  if (!plain || process_find(name) != NONE) {
    answer_refused(step, "spawn", plain ? "a process of that name lives" : "a process cannot be named so");
    return;
  }
  struct json json;
  struct result made = process_spawn(name);
  bool bound = made.error == 0 && context_bind(name, (int)made.value, 0);
  /* Without a context it can be given no step; its pipes end, and it with them. */
  if (made.error == 0 && !bound) process_forget((int)made.value);
  answer_begin(&json, step, "spawn", bound ? "ok" : "refused");
  if (bound) json_number(&json, "pid", processes[made.value].pid);
  else json_text(&json, "reason", "the guest could not make the process, or too many live");
  if (made.error != 0) json_number(&json, "errno", made.error);
  answer_finish(&json, step);
}

/* kill NAME SIGNAL: answered when the process has ended. */
static void kill_process(int step) {
  char *cursor = steps[step].operands, *name = next_word(&cursor);
  u64 signal;
  int process = name == NULL ? NONE : process_find(name);
  if (process == NONE) {
    answer_refused(step, "kill", "there is no such process");
  } else if (processes[process].killer != NONE) {
    answer_refused(step, "kill", "another step waits for that process's end already");
  } else if (!next_number(&cursor, 126, &signal)) {
    answer_refused(step, "kill", "the signal is out of range");
  } else {
    processes[process].killer = step;
    if (!processes[process].reaped) sys_kill(processes[process].pid, (int)signal);
  }
}

/* marker TEXT */
static void marker(int step) {
  size_t length = unescape_word(steps[step].operands);
  console_say("marker ", steps[step].operands, NULL);
  struct json json;
  answer_begin(&json, step, "marker", "ok");
  json_bytes(&json, "text", steps[step].operands, length);
  answer_finish(&json, step);
}

/* power power-off|reboot|halt */
static void power(int step) {
  const char *action = steps[step].operands;
  if (!text_equal(action, "power-off") && !text_equal(action, "reboot") && !text_equal(action, "halt")) {
    answer_refused(step, "power", "the action is none of power-off, reboot and halt");
    return;
  }
  run.end_action = text_equal(action, "reboot") ? "reboot" : text_equal(action, "halt") ? "halt" : "power-off";
  run.ending = true;
  answer_plain(step, "power", "ok");
}

/* fault drop-frame|garble-frame|exit-without-end; step_finish does the first two to this very reply. */
static void fault(int step) {
  if (text_equal(steps[step].operands, "exit-without-end")) run.ending = run.without_end_frame = true;
  answer_plain(step, "fault", "ok");
}

static void thread(int step) { request_hand_thread(step, false); }

static void join(int step) { request_hand_thread(step, true); }

/* What is none of the controller's is a worker's, who may not know it either. */
static void perform(int step) {
  static const struct {
    const char *name;
    void (*perform)(int step);
  } operations[] = {
      {"spawn", spawn}, {"kill", kill_process},     {"marker", marker}, {"power", power},   {"fault", fault},
      {"hello", hello}, {"program", program_start}, {"thread", thread}, {"join", join},
  };
  for (size_t at = 0; at < sizeof operations / sizeof operations[0]; at++) {
    if (!text_equal(operations[at].name, steps[step].operation)) continue;
    operations[at].perform(step);
    return;
  }
  request_hand(step);
}

static bool may_begin(const struct step *step) {
  const char *after = step->after;
  for (u32 id; next_in_list(&after, &id);) {
    if (step_pending(id)) return false;
  }
  return true;
}

static void say_name(const struct step *step) {
  char number[24], name[NAME_BYTES * 3 + 1];
  format_u64(number, step->id);
  text_copy(name, sizeof name, step->name);
  unescape_word(name);
  console_say("step ", number, " ", name, NULL);
}

static void begin(int at) {
  struct step *step = &steps[at];
  if (!text_equal(step->name, "-")) say_name(step);
  /* In a one-shot run the next step may be the kernel's last: everything that was said has to be out before it. */
  if (!run.plan.live) channel_drain(DRAIN_NS);
  step->running = true;
  u64 now = clock_ns();
  /* What hangs when the time of everything is over is to say where, as it would at a deadline of its own. */
  u64 left_ms = run.until_ns > now ? (run.until_ns - now) / NS_PER_MS + 1 : 1;
  if (run.until_ns != 0 && left_ms < step->deadline_ms) step->deadline_ms = left_ms;
  step->until_ns = now + step->deadline_ms * NS_PER_MS;
  perform(at);
}

bool steps_dispatch(void) {
  bool any = false;
  for (int at = 0; at < CONTEXTS && !run.ending && frames_fit(); at++) {
    int first = contexts[at].used ? contexts[at].first : NONE;
    if (first == NONE || steps[first].running || !may_begin(&steps[first])) continue;
    begin(first);
    any = true;
  }
  return any;
}
