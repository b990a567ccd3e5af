#include "hammer.h"

#include "base/sysctl.h"

#define SIGNAL_STOP 17
#define SIGNAL_CONTINUE 19
/* A killed process leaves children that end by themselves, at the latest when the time is up. */
#define SETTLE_NS (20 * 1000000000ull)

static i32 processes[MOST_PROCESSES];
static u32 process_count = 8, thread_count = 8;
static u64 started, killed;

static bool read_sysctl(const char *name, void *to, size_t *length) {
  struct sysctl found;
  return os_sysctl_find(name, &found).error == 0 && os_sysctl_read(&found, to, length).error == 0;
}

static u64 counter(const char *name) {
  u64 value = 0;
  size_t length = sizeof value;
  return read_sysctl(name, &value, &length) && length == sizeof value ? value : ~0ull;
}

static bool is_settled(void) {
  char totals[128] = {0};
  size_t length = sizeof totals - 1;
  return read_sysctl("kern.twq.bucket_total_current", totals, &length) &&
         counter("kern.twq.proc_alloc_count") == counter("kern.twq.proc_free_count") &&
         counter("kern.twq.thread_state_alloc_count") == counter("kern.twq.thread_state_free_count") &&
         text_equal(totals, "0,0,0,0,0,0");
}

static void say(const char *text) { sys_write(1, text, text_length(text)); }

static void say_count(const char *name, u64 value) {
  char number[24];
  format_u64(number, value);
  say(" ");
  say(name);
  say("=");
  say(number);
}

static void report(bool clean) {
  say(clean ? "hammer: clean" : "hammer: LEAK");
  say_count("processes", started);
  say_count("kills", killed);
  say_count("init", counter("kern.twq.init_count"));
  say_count("enter", counter("kern.twq.thread_enter_count"));
  say_count("return", counter("kern.twq.thread_return_count"));
  say_count("transfer", counter("kern.twq.thread_transfer_count"));
  say_count("reqthreads", counter("kern.twq.reqthreads_count"));
  say_count("narrow", counter("kern.twq.should_narrow_count"));
  say_count("proc_alloc", counter("kern.twq.proc_alloc_count"));
  say_count("proc_free", counter("kern.twq.proc_free_count"));
  say_count("thread_alloc", counter("kern.twq.thread_state_alloc_count"));
  say_count("thread_free", counter("kern.twq.thread_state_free_count"));
  say("\n");
}

static void start(u32 index, const char *path, u64 until_ns, struct dice *dice) {
  struct result child = sys_fork();
  if (child.error != 0) return;
  if (child.value == 0) {
    dice->state = (dice->state ^ clock_ns()) | 1;
    live(path, until_ns, thread_count, dice);
  }
  processes[index] = (i32)child.value;
  started++;
}

static void collect_ended(void) {
  i32 status;
  for (;;) {
    struct result ended = sys_wait(-1, &status, WAIT_NO_HANG);
    if (ended.error != 0 || ended.value <= 0) return;
    for (u32 i = 0; i < process_count; i++)
      if (processes[i] == ended.value) processes[i] = 0;
  }
}

static void disturb(struct dice *dice) {
  i32 pid = processes[below(dice, process_count)];
  if (pid == 0) return;
  switch (below(dice, 6)) {
    case 0: sys_kill(pid, SIGNAL_KILL); killed++; break;
    case 1: sys_kill(pid, SIGNAL_STOP); sys_yield(); sys_kill(pid, SIGNAL_CONTINUE); break;
    case 2: {
      i32 window = one_in(dice, 4) ? (i32)roll(dice) : (i32)below(dice, 1000);
      struct sysctl found;
      if (os_sysctl_find("kern.twq.busy_window_usecs", &found).error == 0)
        os_sysctl_write(&found, &window, sizeof window);
      break;
    }
    default: is_settled();
  }
}

static int hammer(const char *path, u64 duration_s) {
  struct dice dice = {clock_ns() | 1};
  u64 until_ns = clock_ns() + duration_s * 1000000000;
  while (clock_ns() < until_ns) {
    for (u32 i = 0; i < process_count; i++)
      if (processes[i] == 0) start(i, path, until_ns, &dice);
    sys_sleep_ms(1 + below(&dice, 20));
    disturb(&dice);
    collect_ended();
  }
  for (u32 i = 0; i < process_count; i++)
    if (processes[i] != 0) sys_kill(processes[i], SIGNAL_KILL);
  u64 patience_ns = clock_ns() + SETTLE_NS;
  do {
    sys_sleep_ms(50);
    collect_ended();
  } while (!is_settled() && clock_ns() < patience_ns);
  report(is_settled());
  return is_settled() ? 0 : 1;
}

static u64 number_of(const char *text, u64 otherwise) {
  u64 value = 0;
  return text != 0 && parse_number(text, &value) ? value : otherwise;
}

__attribute__((used)) static void entry(u64 *stack) {
  u64 argc = stack[0];
  char **argv = (char **)(stack + 1);
  /* AT_EXECPATH comes behind the environment; the path is the same after each exec. */
  char **at = argv + argc + 1;
  while (*at != 0) at++;
  const char *path = argv[0];
  for (u64 *aux = (u64 *)(at + 1); aux[0] != 0; aux += 2)
    if (aux[0] == OS_AUX_PATH) path = (const char *)aux[1];
  if (argc == 5 && text_equal(argv[1], "child")) {
    struct dice dice = {number_of(argv[4], 1) | 1};
    live(path, number_of(argv[2], 0), (u32)number_of(argv[3], 1), &dice);
  }
  if (argc > 2) process_count = (u32)number_of(argv[2], 8) % (MOST_PROCESSES + 1);
  if (argc > 3) thread_count = (u32)number_of(argv[3], 8) % (MOST_THREADS + 1);
  sys_exit(hammer(path, number_of(argc > 1 ? argv[1] : 0, 10)));
}
DEFINE_ENTRY(entry);
