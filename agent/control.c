#include "control.h"

struct control control;

/* While a program runs its end is looked for this often: its pipes may stay open in a grandchild of it. */
#define TICK_MS 10
/*
 * How long a reply may wait for others, while more steps are under way in the live transport. A write to a serial device is
 * dear: a virtio port's waits for the host.
 */
#define GATHER_NS (2 * NS_PER_MS)
#define POLLED (2 + PROCESSES + 2 * PROGRAMS)

/* A one-shot plan is its own queue: its lines are taken as there is room. */
static void feed(void) {
  char *line;
  while (!steps_full() && (line = plan_next_step(&control.plan)) != NULL) {
    u64 id;
    char *cursor = line;
    if (*line == 0) continue;
    if (next_number(&cursor, UINT32_MAX, &id)) step_add((u32)id, cursor);
    else step_add(0, cursor);
  }
}

static i64 poll_timeout_ms(u64 now) {
  u64 nearest = control.until_ns != 0 ? control.until_ns : now + 60000 * NS_PER_MS;
  bool soon = programs_running();
  for (int at = 0; at < CONTEXTS; at++) {
    int first = contexts[at].used ? contexts[at].first : NONE;
    if (first != NONE && steps[first].running && steps[first].until_ns < nearest) nearest = steps[first].until_ns;
  }
  for (int at = 0; at < PROCESSES; at++) {
    soon = soon || (processes[at].used && (processes[at].killed_ns != 0 || processes[at].mute_ns != 0));
  }
  i64 timeout_ms = nearest > now ? (i64)((nearest - now) / NS_PER_MS) + 1 : TICK_MS;
  return soon && timeout_ms > TICK_MS ? TICK_MS : timeout_ms;
}

/* Sends what was gathered, unless more replies are to be expected at once. Returns how long to wait for something, in ms. */
static i64 release_or_gather(void) {
  u64 now = clock_ns(), since = frames_held_since_ns();
  i64 timeout_ms = poll_timeout_ms(now);
  if (control.plan.live && since != 0 && steps_pending() > 0 && now < since + GATHER_NS) {
    return timeout_ms > 1 ? 1 : timeout_ms;
  }
  frames_release();
  return timeout_ms;
}

static void wait_for_something(void) {
  struct pollfd fds[POLLED];
  int owners[POLLED];
  u32 count = 0;
  bool listens = control.plan.live && channel_input() >= 0 && !steps_full() && !live_ended();
  if (listens) {
    owners[count] = NONE;
    fds[count++] = (struct pollfd){channel_input(), POLL_IN, 0};
  }
  for (int at = 0; at < PROCESSES; at++) {
    if (!processes[at].used || processes[at].mute_ns != 0) continue;
    owners[count] = at;
    fds[count++] = (struct pollfd){processes[at].replies, POLL_IN, 0};
  }
  u32 own = count;
  count += programs_poll(fds + count);
  struct result ready = sys_poll(fds, count, release_or_gather());
  if (ready.error != 0) return;
  for (u32 at = 0; at < own; at++) {
    if (fds[at].revents == 0) continue;
    if (owners[at] == NONE) live_read();
    else process_read_replies(owners[at]);
  }
}

void control_run(void) {
  control.until_ns = control.plan.deadline_ms == 0 ? 0 : clock_ns() + control.plan.deadline_ms * NS_PER_MS;
  control.end_status = "done";
  frames_hold();
  while (!control.ending) {
    if (!control.plan.live) feed();
    while (steps_dispatch()) continue;
    bool finished = control.plan.live ? live_ended() : steps_pending() == 0;
    if (finished || control.ending) break;
    wait_for_something();
    programs_read();
    processes_reap();
    u64 now = clock_ns();
    programs_check(now);
    processes_check(now);
    if (control.until_ns != 0 && now > control.until_ns) {
      control.end_status = "deadline";
      break;
    }
  }
  control_end();
}

static void send_end(void) {
  struct json json;
  answer_begin(&json, NONE, "end", control.end_status);
  json_number_field(&json, "steps", control.steps_done);
  json_number_field(&json, "pending", steps_pending());
  json_number_field(&json, "frames", (i64)frames_sent() + 1);
  json_raw(&json, "},\"meta\":{\"component\":\"agent\"}}");
  frame_send_json(&json);
}

void control_end(void) {
  char done[24];
  processes_kill_all();
  programs_kill_all();
  if (!control.without_end_frame) send_end();
  frames_release();
  format_u64(done, control.steps_done);
  console_say("end (", control.end_status, "), ", done, " steps", NULL);
  outputs_drain();
  if (control.end_action == NULL && control.plan.power_off) control.end_action = "power-off";
  if (control.end_action != NULL) {
    sys_sync();
    struct result refused = os_power(control.end_action);
    char error[24];
    format_i64(error, refused.error);
    console_say("the kernel refused to ", control.end_action, ", errno ", error, NULL);
  }
  /* The first process must not return: the kernel would panic. It goes on reaping. */
  while (control.first_process) {
    i32 status;
    if (sys_wait(-1, &status, 0).error != 0) sys_sleep_ms(1000);
  }
  sys_exit(control.end_action == NULL && text_equal(control.end_status, "done") ? 0 : 1);
}
