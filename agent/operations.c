#include "control.h"

#define PROTOCOL 1

static void add_identity(struct json *json) {
  static struct identity identity;
  os_identity(&identity);
  json_text_field(json, "os", os_name);
  json_text_field(json, "sysname", identity.sysname);
  json_text_field(json, "release", identity.release);
  json_text_field(json, "version", identity.version);
  json_text_field(json, "machine", identity.machine);
  if (identity.ident[0] != 0) json_text_field(json, "ident", identity.ident);
  if (identity.bootfile[0] != 0) json_text_field(json, "bootfile", identity.bootfile);
  if (identity.osreldate != 0) json_number_field(json, "osreldate", identity.osreldate);
}

void send_hello(int step) {
  struct json json;
  answer_begin(&json, step, "hello", "ready");
  json_number_field(&json, "protocol", PROTOCOL);
  json_text_field(&json, "run", control.plan.run_id);
  add_identity(&json);
  json_number_field(&json, "pid", sys_getpid());
  json_number_field(&json, "cpus", os_cpu_count());
  json_text_field(&json, "transport", control.plan.live ? "live" : "oneshot");
  json_text_field(&json, "channel", channel_name());
  json_number_field(&json, "clock", (i64)clock_ns());
  if (step != NONE) {
    answer_finish(&json, step);
    return;
  }
  json_raw(&json, "},\"meta\":{\"component\":\"agent\"}}");
  frame_send_json(&json);
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
    answer_refused(step, "spawn", plain ? "there is a process of that name" : "a process cannot be named so");
    return;
  }
  struct result made = process_spawn(name);
  if (made.error != 0 || !context_bind(name, (int)made.value, 0)) {
    answer_refused(step, "spawn", "there is no place for another process");
    return;
  }
  struct json json;
  answer_begin(&json, step, "spawn", "ok");
  json_number_field(&json, "pid", processes[made.value].pid);
  answer_finish(&json, step);
}

/* kill NAME SIGNAL: answered when the process has ended. */
static void kill_process(int step) {
  char *cursor = steps[step].operands, *name = next_word(&cursor);
  u64 signal;
  int process = name == NULL ? NONE : process_find(name);
  if (process == NONE || processes[process].killer != NONE || !next_number(&cursor, 126, &signal)) {
    answer_refused(step, "kill", process == NONE ? "there is no such process" : "the signal is out of range");
    return;
  }
  processes[process].killer = step;
  sys_kill(processes[process].pid, (int)signal);
}

/* marker TEXT */
static void marker(int step) {
  size_t length = unescape_word(steps[step].operands);
  console_say("marker ", steps[step].operands, NULL);
  struct json json;
  answer_begin(&json, step, "marker", "ok");
  json_key(&json, "text");
  json_string(&json, steps[step].operands, json_fitting((const u8 *)steps[step].operands, length, FIELD_BYTES));
  answer_finish(&json, step);
}

/* power power-off|reboot|halt */
static void power(int step) {
  const char *action = steps[step].operands;
  if (!text_equal(action, "power-off") && !text_equal(action, "reboot") && !text_equal(action, "halt")) {
    answer_refused(step, "power", "the action is none of power-off, reboot and halt");
    return;
  }
  control.end_action = text_equal(action, "reboot") ? "reboot" : text_equal(action, "halt") ? "halt" : "power-off";
  control.ending = true;
  answer_plain(step, "power", "ok");
}

/* fault drop-frame|garble-frame|exit-without-end; step_finish does the first two to this very reply. */
static void fault(int step) {
  if (text_equal(steps[step].operands, "exit-without-end")) control.ending = control.without_end_frame = true;
  answer_plain(step, "fault", "ok");
}

bool control_perform(int step) {
  static const struct {
    const char *name;
    void (*perform)(int step);
  } operations[] = {
      {"spawn", spawn}, {"kill", kill_process},     {"marker", marker}, {"power", power},
      {"fault", fault}, {"program", program_start}, {"hello", send_hello},
  };
  const char *operation = steps[step].operation;
  for (size_t at = 0; at < sizeof operations / sizeof operations[0]; at++) {
    if (!text_equal(operations[at].name, operation)) continue;
    operations[at].perform(step);
    return true;
  }
  if (!text_equal(operation, "thread") && !text_equal(operation, "join")) return false;
  process_hand_thread(step, text_equal(operation, "join"));
  return true;
}
