#include "control/control.h"

#include "base/os.h"
#include "base/words.h"
#include "control/channel.h"
#include "control/console.h"
#include "control/live.h"
#include "control/operations.h"
#include "control/overdue.h"
#include "control/processes.h"
#include "control/programs.h"
#include "control/replies.h"
#include "control/requests.h"
#include "control/run.h"
#include "control/steps.h"

/* While something ends, its end is looked for this often: pipes may stay open in a grandchild. */
#define TICK_MS 10
/* The first process also reaps whatever has lost its parent. */
#define REAP_MS 1000
#define IDLE_MS 60000
/*
 * How long a reply may wait for others, while more steps are under way in the live transport. A write to a serial device is
 * dear: a virtio port's waits for the host.
 */
#define GATHER_NS (2 * NS_PER_MS)
/* What waits for the channel's reader at the end of the run is lost after this. */
#define LAST_DRAIN_NS (10000 * NS_PER_MS)
/* A file system that does not sync must not keep the guest from powering off. */
#define SYNC_NS (20000 * NS_PER_MS)
/* When the time of everything is over, what runs is ended as at a deadline of its own: killed, and left after a second. */
#define LAST_STEPS_NS (4000 * NS_PER_MS)
#define POLLED (CHANNEL_POLLED + PROCESSES + CONTEXTS + PROGRAMS_POLLED)

struct run run;

/* A one-shot plan is its own queue: its lines are taken as there is room. True when all are. */
static bool take_plan(void) {
  while (!steps_full() && frames_fit()) {
    u64 id;
    char *line = plan_next_step(&run.plan), *cursor = line;
    if (line == NULL) return true;
    if (*line == 0) continue;
    if (next_number(&cursor, UINT32_MAX, &id)) step_add((u32)id, cursor);
    else step_add(0, cursor);
  }
  return false;
}

static bool time_is_over(u64 now) { return run.until_ns != 0 && now > run.until_ns; }

static u64 nearest_deadline(u64 now) {
  u64 nearest = run.until_ns != 0 ? run.until_ns : now + IDLE_MS * NS_PER_MS;
  for (int at = 0; at < CONTEXTS; at++) {
    int first = contexts[at].used ? contexts[at].first : NONE;
    if (first != NONE && steps[first].running && steps[first].until_ns < nearest) nearest = steps[first].until_ns;
  }
  return nearest;
}

static i64 timeout_ms(u64 now) {
  u64 nearest = nearest_deadline(now);
  i64 most = run.first_process ? REAP_MS : IDLE_MS;
  if (programs_running() || processes_dying() || channel_rests(now)) most = TICK_MS;
  i64 timeout = nearest > now ? (i64)((nearest - now) / NS_PER_MS) + 1 : TICK_MS;
  return timeout < most ? timeout : most;
}

/* Sends what was gathered, unless more replies are to be expected at once. Returns how long to wait for something, in ms. */
static i64 release_or_gather(u64 now) {
  u64 since = frames_held_since_ns();
  i64 timeout = timeout_ms(now);
  if (run.plan.live && since != 0 && steps_pending() > 0 && now < since + GATHER_NS) return timeout > 1 ? 1 : timeout;
  frames_release();
  return timeout;
}

static void wait_for_something(void) {
  static struct pollfd fds[POLLED];
  u64 now = clock_ns();
  i64 timeout = release_or_gather(now);
  bool wants_requests = run.plan.live && !live_ended() && live_has_room() && !steps_full() && frames_fit();
  u32 channel = channel_rests(now) ? 0 : channel_poll(fds, wants_requests);
  u32 replies = replies_poll(fds + channel), others = channel + replies;
  others += requests_poll(fds + others);
  others += programs_poll(fds + others);
  if (sys_poll(fds, others, timeout).error != 0) return;
  if (channel_polled(fds, channel, clock_ns())) live_read(clock_ns());
  replies_polled(fds + channel, replies);
}

static void end_with(const char *status, const char *reason, i32 error) {
  char number[24];
  format_i64(number, error);
  run.ending = true;
  run.end_status = status;
  if (reason != NULL) console_say(reason, ", errno ", number, NULL);
}

/* What has ended, what has passed its deadline, and what goes no further. */
static void check(void) {
  processes_reap(programs_reaped);
  requests_write();
  programs_read();
  u64 now = clock_ns();
  programs_check(now);
  processes_check(now);
  if (!run.plan.live) channel_drop_if_stuck(now);
  if (channel_error() != 0) end_with("error", "the channel cannot be written", channel_error());
  else if (live_error() != 0) end_with("error", "the channel cannot be read", live_error());
  else if (time_is_over(now) && (!steps_running() || now > run.until_ns + LAST_STEPS_NS)) end_with("deadline", NULL, 0);
}

void control_run(void) {
  run.until_ns = run.plan.deadline_ms == 0 ? 0 : clock_ns() + run.plan.deadline_ms * NS_PER_MS;
  run.end_status = "done";
  if (run.plan.live) live_begin();
  while (!run.ending) {
    bool taken = run.plan.live ? live_take_lines() : take_plan();
    while (!time_is_over(clock_ns()) && steps_dispatch()) continue;
    bool no_more = taken && (!run.plan.live || live_ended());
    if (run.ending || (no_more && steps_pending() == 0)) break;
    wait_for_something();
    check();
  }
  control_end();
}

static void send_end(void) {
  struct json json;
  answer_begin(&json, NONE, "end", run.end_status);
  json_number(&json, "steps", run.steps_done);
  json_number(&json, "pending", steps_pending());
  json_number(&json, "frames", (i64)frames_sent() + 1);
  answer_send(&json);
}

/* Syncs in a child, which may hang where the agent must not. */
static void sync_all(void) {
  struct result made = sys_fork();
  if (made.error == 0 && made.value == 0) {
    sys_sync();
    sys_exit(0);
  }
  if (made.error != 0) return;
  u64 until = clock_ns() + SYNC_NS;
  i32 status;
  while (sys_wait((i32)made.value, &status, WAIT_NO_HANG).value == 0 && clock_ns() < until) sys_sleep_ms(1);
}

static void power(const char *action) {
  sync_all();
  struct result refused = os_power(action);
  char error[24];
  format_i64(error, refused.error);
  console_say("the kernel refused to ", action, ", errno ", error, NULL);
}

void control_end(void) {
  char done[24];
  processes_kill_all();
  programs_kill_all();
  if (!run.without_end_frame) send_end();
  format_u64(done, run.steps_done);
  console_say("end (", run.end_status, "), ", done, " steps", NULL);
  channel_drain(LAST_DRAIN_NS);
  const char *action = run.end_action != NULL ? run.end_action : run.plan.power_off ? "power-off" : NULL;
  if (action != NULL) power(action);
  /* The first process must not return: the kernel would panic. It goes on reaping. */
  while (run.first_process) {
    i32 status;
    if (sys_wait(-1, &status, 0).error != 0) sys_sleep_ms(1000);
  }
  sys_exit(run.end_action == NULL && text_equal(run.end_status, "done") ? 0 : 1);
}
