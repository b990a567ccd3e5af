#include "control/processes.h"

#include "base/os.h"
#include "worker/worker.h"

struct process processes[PROCESSES];

int process_find(const char *name) {
  for (int at = 0; at < PROCESSES; at++) {
    if (processes[at].used && text_equal(processes[at].name, name)) return at;
  }
  return NONE;
}

static _Noreturn void become_worker(int at, int requests[], int replies) {
  /* A group of its own: a step that signals its whole group does not reach the agent. */
  sys2(SYS_SETPGID, 0, 0);
  os_ignore_signal(SIGNAL_PIPE, false);
  sys_dup2(replies, FD_REPLIES);
  for (int thread = 0; thread < ACTORS_PER_PROCESS; thread++) sys_dup2(requests[thread], FD_REQUESTS + thread);
  sys_close_others(FD_SELF, FD_LAST);
  worker_run(at, processes[at].name);
}

static void close_all(const int *fds, int count) {
  for (int at = 0; at < count; at++) {
    if (fds[at] >= 0) sys_close(fds[at]);
  }
}

/* One pipe; the agent's end never blocks. */
static struct result open_pipe(int *agents, int *workers, int agents_index) {
  int pipe[2];
  struct result made = sys_pipe(pipe);
  if (made.error != 0) return made;
  *agents = pipe[agents_index];
  *workers = pipe[1 - agents_index];
  return sys_set_nonblocking(*agents);
}

/* A pipe for the replies and one for each actor's requests; the reading ends of requests go to the worker. */
static struct result open_pipes(struct process *process, int worker_requests[], int *worker_replies) {
  struct result made = open_pipe(&process->replies, worker_replies, 0);
  for (int thread = 0; thread < ACTORS_PER_PROCESS && made.error == 0; thread++) {
    made = open_pipe(&process->requests[thread], &worker_requests[thread], 1);
  }
  return made;
}

static struct process *clear(int at, const char *name) {
  struct process *process = &processes[at];
  memset(process, 0, sizeof *process);
  text_copy(process->name, sizeof process->name, name);
  process->overdue_step = process->killer = process->replies = NONE;
  process->lines = (struct lines){.buffer = process->buffer, .size = sizeof process->buffer};
  shared_page->cut_off[at] = 0;
  return process;
}

struct result process_spawn(const char *name) {
  int at = 0;
  while (at < PROCESSES && processes[at].used) at++;
  if (at == PROCESSES) return (struct result){-1, ERROR_AGAIN};
  struct process *process = clear(at, name);
  int worker_requests[ACTORS_PER_PROCESS], worker_replies = NONE;
  for (int thread = 0; thread < ACTORS_PER_PROCESS; thread++) worker_requests[thread] = process->requests[thread] = NONE;
  struct result made = open_pipes(process, worker_requests, &worker_replies);
  if (made.error == 0) made = sys_fork();
  if (made.error == 0 && made.value == 0) become_worker(at, worker_requests, worker_replies);
  close_all(worker_requests, ACTORS_PER_PROCESS);
  close_all(&worker_replies, 1);
  if (made.error != 0) {
    process_forget(at);
    return made;
  }
  process->used = true;
  process->pid = (i32)made.value;
  return (struct result){at, 0};
}

void process_forget(int at) {
  close_all(processes[at].requests, ACTORS_PER_PROCESS);
  close_all(&processes[at].replies, 1);
  processes[at].used = false;
}

static struct process *living(i32 pid) {
  for (int at = 0; at < PROCESSES; at++) {
    if (processes[at].used && !processes[at].reaped && processes[at].pid == pid) return &processes[at];
  }
  return NULL;
}

void processes_reap(void (*other)(i32 pid, i32 status)) {
  i32 status;
  for (struct result seen; (seen = sys_wait(-1, &status, WAIT_NO_HANG | WAIT_STOPPED)).error == 0 && seen.value > 0;) {
    struct process *process = living((i32)seen.value);
    i32 stopped = sys_stopped_by(status);
    if (process != NULL && stopped != 0) process->stopped = stopped;
    if (stopped != 0) continue;
    if (process == NULL) other((i32)seen.value, status);
    else process->reaped = true, process->status = status;
  }
}

void processes_kill_all(void) {
  for (int at = 0; at < PROCESSES; at++) {
    if (processes[at].used && !processes[at].reaped) sys_kill(processes[at].pid, SIGNAL_KILL);
  }
}

int thread_place(const struct process *process, const char *name) {
  for (int place = 1; place < ACTORS_PER_PROCESS; place++) {
    if (text_equal(process->thread_names[place], name)) return place;
  }
  return NONE;
}

/* That of its namesake, if it has ended, else a fresh one, else that of any that has ended. */
int thread_new_place(struct process *process, const char *name) {
  int place = thread_place(process, name);
  if (place != NONE) return process->thread_alive[place] ? NONE : place;
  place = thread_place(process, "");
  for (int at = 1; at < ACTORS_PER_PROCESS && place == NONE; at++) {
    if (!process->thread_alive[at]) place = at;
  }
  if (place != NONE) text_copy(process->thread_names[place], sizeof process->thread_names[0], name);
  return place;
}
