#include "control.h"

/* One line of output that is passed on at once; a longer one comes in pieces. */
#define PIECE_BYTES 480

static struct program {
  bool used, reaped, overdue;
  int step;
  i32 pid, status;
  u64 until_ns, limit, passed, dropped;
  struct stream {
    int fd;
    size_t length;
    char held[PIECE_BYTES];
  } streams[2];
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

/* LIMIT a:WORD… e:VARIABLE… */
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

static _Noreturn void become_program(int at, char **argv, char **environment, const int *output, const int *errors) {
  sys2(SYS_SETPGID, 0, 0);
  sys_signal_ignore(SIGNAL_PIPE, false);
  struct result nothing = sys_open("/dev/null", OPEN_READ, 0);
  if (nothing.error == 0) sys_dup2((int)nothing.value, 0);
  else sys_close(0);
  sys_dup2(output[1], 1);
  sys_dup2(errors[1], 2);
  sys_close_others(1 << 20, 1 << 20);
  struct result executed = sys3(SYS_EXECVE, (u64)argv[0], (u64)argv, (u64)environment);
  failures->errors[at] = executed.error;
  sys_exit(127);
}

static void begin(int at, int step, char **argv, char **environment) {
  int output[2] = {NONE, NONE}, errors[2] = {NONE, NONE};
  struct result made = sys_pipe(output);
  if (made.error == 0) made = sys_pipe(errors);
  failures->errors[at] = 0;
  if (made.error == 0) made = sys_fork();
  if (made.error == 0 && made.value == 0) become_program(at, argv, environment, output, errors);
  sys_close(output[1]);
  sys_close(errors[1]);
  if (made.error != 0) {
    sys_close(output[0]);
    sys_close(errors[0]);
    answer_refused(step, "program", "the guest could not fork");
    return;
  }
  /* Here as well as in the child, so that whoever comes first has made the group. */
  sys2(SYS_SETPGID, (u64)made.value, (u64)made.value);
  struct program *program = &programs[at];
  program->used = true;
  program->pid = (i32)made.value;
  program->step = step;
  program->until_ns = steps[step].until_ns;
  program->streams[0].fd = output[0];
  program->streams[1].fd = errors[0];
  sys_set_nonblocking(output[0]);
  sys_set_nonblocking(errors[0]);
}

void program_start(int step) {
  char *argv[PROGRAM_WORDS + 2], *environment[PROGRAM_WORDS + 2];
  u64 limit;
  int at = 0;
  while (at < PROGRAMS && programs[at].used) at++;
  if (failures == NULL) failures = sys_map(sizeof *failures, true);
  if (at == PROGRAMS || failures == NULL) {
    answer_refused(step, "program", "too many programs run already");
  } else if (!parse(steps[step].operands, &limit, argv, environment)) {
    answer_refused(step, "program", "the program's words are malformed");
  } else {
    memset(&programs[at], 0, sizeof programs[at]);
    programs[at].limit = limit;
    begin(at, step, argv, environment);
  }
}

static void pass_on(struct program *program, int stream, const char *status) {
  static const char *const names[] = {"stdout", "stderr"};
  static char buffer[FRAME_BYTES];
  struct stream *from = &program->streams[stream];
  size_t length = from->length;
  from->length = 0;
  if (program->passed + length > program->limit) {
    program->dropped += length;
    return;
  }
  program->passed += length;
  struct json json;
  json_begin(&json, buffer, sizeof buffer);
  json_raw(&json, "{\"kind\":\"output\"");
  json_text_field(&json, "status", status);
  json_raw(&json, ",\"data\":{");
  json_number_field(&json, "step", steps[program->step].id);
  json_text_field(&json, "stream", names[stream]);
  json_key(&json, "text");
  json_string(&json, from->held, length);
  json_raw(&json, "},\"meta\":{}}");
  frame_send_json(&json);
}

static void take_bytes(struct program *program, int stream, const char *bytes, size_t length) {
  struct stream *into = &program->streams[stream];
  for (size_t at = 0; at < length; at++) {
    if (bytes[at] == '\n') {
      pass_on(program, stream, "line");
      continue;
    }
    if (into->length == PIECE_BYTES) pass_on(program, stream, "piece");
    into->held[into->length++] = bytes[at];
  }
}

/* Reads what is there, up to a bound, so that a program that never stops talking does not hold up the others. */
static bool read_stream(struct program *program, int stream, int most_reads) {
  char bytes[2048];
  for (; most_reads > 0 && program->streams[stream].fd >= 0; most_reads--) {
    struct result got = sys_read(program->streams[stream].fd, bytes, sizeof bytes);
    if (got.error == ERROR_AGAIN) return true;
    if (got.error == ERROR_INTR) continue;
    if (got.error != 0 || got.value == 0) {
      sys_close(program->streams[stream].fd);
      program->streams[stream].fd = NONE;
      return true;
    }
    take_bytes(program, stream, bytes, (size_t)got.value);
  }
  return program->streams[stream].fd < 0;
}

u32 programs_poll(struct pollfd *fds) {
  u32 count = 0;
  for (int at = 0; at < PROGRAMS; at++) {
    for (int stream = 0; stream < 2 && programs[at].used; stream++) {
      int fd = programs[at].streams[stream].fd;
      if (fd >= 0) fds[count++] = (struct pollfd){fd, POLL_IN, 0};
    }
  }
  return count;
}

void programs_read(void) {
  for (int at = 0; at < PROGRAMS; at++) {
    if (!programs[at].used) continue;
    read_stream(&programs[at], 0, 16);
    read_stream(&programs[at], 1, 16);
  }
}

void programs_reaped(i32 pid, i32 status) {
  for (int at = 0; at < PROGRAMS; at++) {
    if (!programs[at].used || programs[at].pid != pid) continue;
    programs[at].reaped = true;
    programs[at].status = status;
  }
}

static void answer(int at) {
  struct program *program = &programs[at];
  i32 signal = program->status & 0x7f, error = failures->errors[at];
  const char *status = program->overdue ? "timed-out" : error != 0 ? "errno" : signal != 0 ? "signal" : "exited";
  struct json json;
  answer_begin(&json, program->step, "program", status);
  if (text_equal(status, "errno")) json_number_field(&json, "errno", error);
  if (text_equal(status, "signal")) json_number_field(&json, "signal", signal);
  if (text_equal(status, "exited")) json_number_field(&json, "exit", program->status >> 8 & 0xff);
  json_number_field(&json, "bytes", (i64)program->passed);
  json_number_field(&json, "dropped", (i64)program->dropped);
  answer_finish(&json, program->step);
}

/* The program is over: what it said is passed on, and what it left behind in its group ends with it. */
static void finish(int at) {
  struct program *program = &programs[at];
  sys_kill(-program->pid, SIGNAL_KILL);
  for (int stream = 0; stream < 2; stream++) {
    /* A pipe holds at most 64 KiB, and nobody of the group writes any more. */
    read_stream(program, stream, 64);
    if (program->streams[stream].length > 0) pass_on(program, stream, "piece");
    if (program->streams[stream].fd >= 0) sys_close(program->streams[stream].fd);
  }
  answer(at);
  program->used = false;
}

void programs_check(u64 now) {
  for (int at = 0; at < PROGRAMS; at++) {
    struct program *program = &programs[at];
    if (!program->used) continue;
    if (program->reaped) {
      finish(at);
    } else if (now > program->until_ns && !program->overdue) {
      program->overdue = true;
      sys_kill(-program->pid, SIGNAL_KILL);
      sys_kill(program->pid, SIGNAL_KILL);
    } else if (program->overdue && now > program->until_ns + 1000 * NS_PER_MS) {
      finish(at);
    }
  }
}

void programs_kill_all(void) {
  for (int at = 0; at < PROGRAMS; at++) {
    if (programs[at].used) sys_kill(-programs[at].pid, SIGNAL_KILL);
  }
}
