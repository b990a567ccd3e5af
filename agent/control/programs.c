#include "control/programs.h"

#include "base/os.h"
#include "base/stacks.h"
#include "base/words.h"
#include "control/channel.h"
#include "control/program-output.h"
#include "control/steps.h"

/* How long the kernel gets to take down a killed program before it is given up. */
#define KILL_NS (1000 * NS_PER_MS)
#define KEEP_NONE (1 << 20)

static struct program {
  bool used, reaped, overdue;
  int step;
  i32 pid, status;
  u64 until_ns;
  struct allowance allowance;
  struct stream streams[2];
} programs[PROGRAMS];

/* Where a child that cannot execute says why; the page is shared with it. */
static struct {
  volatile i32 errors[PROGRAMS];
} *failures;

bool programs_running(void) {
  for (int at = 0; at < PROGRAMS; at++) {
    if (programs[at].used) return true;
  }
  return false;
}

static bool parse(char *cursor, u64 *limit, char **argv, char **environment) {
  size_t args = 0, variables = 0;
  if (!next_number(&cursor, PASSED_ON_BYTES, limit)) return false;
  for (char *word; (word = next_word(&cursor)) != NULL;) {
    bool is_argument = text_begins(word, "a:");
    if (!is_argument && !text_begins(word, "e:")) return false;
    if (args + variables > PROGRAM_WORDS) return false;
    unescape_word(word + 2);
    if (is_argument) argv[args++] = word + 2;
    else environment[variables++] = word + 2;
  }
  argv[args] = environment[variables] = NULL;
  return args > 0;
}

static _Noreturn void become_program(int at, char **argv, char **environment, int output, int errors) {
  sys2(SYS_SETPGID, 0, 0);
  os_ignore_signal(SIGNAL_PIPE, false);
  struct result nothing = sys_open("/dev/null", OPEN_READ, 0);
  if (nothing.error == 0) sys_dup2((int)nothing.value, 0);
  else sys_close(0);
  sys_dup2(output, 1);
  sys_dup2(errors, 2);
  sys_close_others(KEEP_NONE, KEEP_NONE);
  struct result executed = sys3(SYS_EXECVE, (u64)argv[0], (u64)argv, (u64)environment);
  failures->errors[at] = executed.error;
  sys_exit(127);
}

static void open_stream(struct stream *stream, const char *name, int fd) {
  stream->fd = fd;
  stream->name = name;
  sys_set_nonblocking(fd);
}

static void refuse(int step, i32 error) {
  struct json json;
  answer_begin(&json, step, "program", "refused");
  json_text(&json, "reason", "the guest could not make a process for the program");
  json_number(&json, "errno", error);
  answer_finish(&json, step);
}

static void begin(int at, int step, char **argv, char **environment) {
  int output[2] = {NONE, NONE}, errors[2] = {NONE, NONE};
  struct result made = sys_pipe(output);
  if (made.error == 0) made = sys_pipe(errors);
  failures->errors[at] = 0;
  if (made.error == 0) made = sys_fork();
  if (made.error == 0 && made.value == 0) become_program(at, argv, environment, output[1], errors[1]);
  sys_close(output[1]);
  sys_close(errors[1]);
  if (made.error != 0) {
    sys_close(output[0]);
    sys_close(errors[0]);
    refuse(step, made.error);
    return;
  }
  /* Here as well as in the child, so that whoever comes first has made the group. */
  sys2(SYS_SETPGID, (u64)made.value, (u64)made.value);
  struct program *program = &programs[at];
  program->used = true;
  program->pid = (i32)made.value;
  program->step = step;
  program->until_ns = steps[step].until_ns;
  open_stream(&program->streams[0], "stdout", output[0]);
  open_stream(&program->streams[1], "stderr", errors[0]);
}

void program_start(int step) {
  char *argv[PROGRAM_WORDS + 2], *environment[PROGRAM_WORDS + 2];
  u64 limit;
  int at = 0;
  while (at < PROGRAMS && programs[at].used) at++;
  if (failures == NULL) failures = sys_map(sizeof *failures, true);
  if (at == PROGRAMS) {
    answer_refused(step, "program", "eight programs run already");
  } else if (failures == NULL) {
    answer_refused(step, "program", "the guest has no memory for a program");
  } else if (!parse(steps[step].operands, &limit, argv, environment)) {
    answer_refused(step, "program", "the program's words are malformed");
  } else {
    memset(&programs[at], 0, sizeof programs[at]);
    programs[at].allowance = (struct allowance){.step_id = steps[step].id, .limit = limit};
    begin(at, step, argv, environment);
  }
}

void programs_reaped(i32 pid, i32 status) {
  for (int at = 0; at < PROGRAMS; at++) {
    struct program *program = &programs[at];
    if (!program->used || program->reaped || program->pid != pid) continue;
    program->reaped = true;
    program->status = status;
    stream_expect_end(&program->streams[0]);
    stream_expect_end(&program->streams[1]);
    /* What it left behind in its group ends with it. */
    sys_kill(-pid, SIGNAL_KILL);
  }
}

u32 programs_poll(struct pollfd *fds) {
  u32 count = 0;
  for (int at = 0; at < PROGRAMS && frames_fit(); at++) {
    for (int stream = 0; stream < 2 && programs[at].used; stream++) {
      int fd = programs[at].streams[stream].fd;
      if (fd >= 0) fds[count++] = (struct pollfd){fd, POLL_IN, 0};
    }
  }
  return count;
}

void programs_read(void) {
  for (int at = 0; at < PROGRAMS; at++) {
    for (int stream = 0; stream < 2 && programs[at].used; stream++) {
      stream_read(&programs[at].streams[stream], &programs[at].allowance);
    }
  }
}

static void finish(int at) {
  struct program *program = &programs[at];
  for (int stream = 0; stream < 2; stream++) stream_close(&program->streams[stream], &program->allowance);
  i32 signal = program->status & 0x7f, error = failures->errors[at];
  const char *status = program->overdue ? "timed-out" : error != 0 ? "errno" : signal != 0 ? "signal" : "exited";
  struct json json;
  answer_begin(&json, program->step, "program", status);
  if (text_equal(status, "errno")) json_number(&json, "errno", error);
  if (text_equal(status, "signal")) json_number(&json, "signal", signal);
  if (text_equal(status, "exited")) json_number(&json, "exit", program->status >> 8 & 0xff);
  if (!program->reaped) json_number(&json, "abandoned", 1);
  json_number(&json, "bytes", (i64)program->allowance.passed);
  json_number(&json, "dropped", (i64)program->allowance.dropped);
  answer_finish(&json, program->step);
  program->used = false;
}

static void check(int at, u64 now) {
  struct program *program = &programs[at];
  bool drained = stream_drained(&program->streams[0]) && stream_drained(&program->streams[1]);
  if (program->reaped) {
    if (frames_fit() && drained) finish(at);
  } else if (now > program->until_ns && !program->overdue) {
    program->overdue = true;
    stacks_read(program->pid, send_stack, &steps[program->step]);
    sys_kill(-program->pid, SIGNAL_KILL);
    sys_kill(program->pid, SIGNAL_KILL);
  } else if (program->overdue && now > program->until_ns + KILL_NS && frames_fit()) {
    os_tell_blocked();
    finish(at);
  }
}

void programs_check(u64 now) {
  for (int at = 0; at < PROGRAMS; at++) {
    if (programs[at].used) check(at, now);
  }
}

void programs_kill_all(void) {
  for (int at = 0; at < PROGRAMS; at++) {
    if (programs[at].used) sys_kill(-programs[at].pid, SIGNAL_KILL);
  }
}
