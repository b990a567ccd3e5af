/*
 * The agent's start: as a plain process, as the first process of a Linux guest, or as a worker that executed itself.
 */
#include "base/os.h"
#include "control/channel.h"
#include "control/console.h"
#include "control/control.h"
#include "control/operations.h"
#include "control/run.h"
#include "control/steps.h"
#include "worker/shared.h"
#include "worker/worker.h"

DEFINE_ENTRY(agent_main);

/* The path of this program out of the auxiliary vector, which follows the environment. */
static const char *own_path(char **environment) {
  while (*environment != NULL) environment++;
  const u64 *entry = (const u64 *)(environment + 1);
  for (; entry[0] != 0; entry += 2) {
    if (entry[0] == OS_AUX_PATH) return (const char *)entry[1];
  }
  return "";
}

/* As told, else /kernlane/plan for the first process, else the file "plan" beside this program. */
static void choose_plan(char *to, size_t size, int argc, char **argv, const char *self) {
  /* The kernel hands its first process words of its own command line that it did not know. */
  if (argc > 1 && (!run.first_process || argv[1][0] == '/')) {
    text_copy(to, size, argv[1]);
    return;
  }
  text_copy(to, size, run.first_process ? "/kernlane/agent" : self);
  size_t length = text_length(to);
  while (length > 0 && to[length - 1] != '/') length--;
  text_copy(to + length, size - length, "plan");
}

static _Noreturn void give_up(const char *what, const char *path) {
  char channel[1][256] = {"console"};
  if (channel_name()[0] == 0) channel_open(channel, 1);
  struct json json;
  answer_begin(&json, NONE, "error", "no-plan");
  json_text(&json, "reason", what);
  json_text(&json, "path", path);
  answer_send(&json);
  console_say(what, ": ", path, NULL);
  run.end_status = "error";
  run.plan.power_off = run.plan.power_off || run.first_process;
  control_end();
}

/* The worker's numbers are taken before anything else can get one of them. False when there are not so many. */
static bool reserve_descriptors(const char *self) {
  struct result opened = sys_open(self, OPEN_READ, 0);
  if (opened.error != 0) opened = sys_open("/init", OPEN_READ, 0);
  if (opened.error != 0) opened = sys_open("/", OPEN_READ, 0);
  bool reserved = opened.error == 0;
  for (int fd = FD_SELF; fd <= FD_LAST && reserved; fd++) reserved = sys_dup2((int)opened.value, fd).error == 0;
  if (opened.error == 0) sys_close((int)opened.value);
  return reserved;
}

static bool share_page(void) {
  struct result object = os_shared_memory(sizeof *shared_page);
  if (object.error == 0) {
    sys_dup2((int)object.value, FD_SHARED);
    sys_close((int)object.value);
    shared_page = sys_map_fd(FD_SHARED, sizeof *shared_page);
  }
  if (shared_page == NULL) shared_page = sys_map(sizeof *shared_page, true);
  return shared_page != NULL;
}

static void start(const char *path, const char *self) {
  bool reserved = reserve_descriptors(self), shared = share_page();
  char *text = NULL;
  size_t length = 0;
  const char *wrong = plan_load(path, &text, &length);
  if (wrong == NULL) wrong = plan_parse(&run.plan, text, length);
  console_open(run.plan.console, run.first_process);
  if (wrong == NULL && !reserved) wrong = "the descriptors 200 to 219 cannot be used: the limit of open files is too low";
  if (wrong == NULL && !shared) wrong = "the guest has no memory for a shared page";
  if (wrong == NULL && !channel_open(run.plan.channels, run.plan.channel_count)) wrong = "no channel can be opened";
  if (wrong != NULL) give_up(wrong, path);
}

_Noreturn __attribute__((used)) void agent_main(u64 *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1), **environment = argv + argc + 1;
  if (argc == 5 && text_equal(argv[1], "--worker")) worker_resume(argv);
  run.first_process = sys_getpid() == 1;
  if (run.first_process) os_prepare_first_process();
  os_ignore_signal(SIGNAL_PIPE, true);
  const char *self = own_path(environment);
  char path[PATH_BYTES + 8];
  choose_plan(path, sizeof path, argc, argv, self);
  start(path, self);
  console_say("agent for ", os_name, ", run ", run.plan.run_id, ", channel ", channel_name(), NULL);
  hello_send();
  control_run();
}
