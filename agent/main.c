/*
 * The agent's start: as a plain process, as the first process of a Linux guest, or as a worker that executed itself.
 */
#include "control.h"

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
  if (argc > 1 && (!control.first_process || argv[1][0] == '/')) {
    text_copy(to, size, argv[1]);
    return;
  }
  text_copy(to, size, control.first_process ? "/kernlane/agent" : self);
  size_t length = text_length(to);
  while (length > 0 && to[length - 1] != '/') length--;
  text_copy(to + length, size - length, "plan");
}

/* The worker's numbers are taken before anything else can get one of them. */
static void reserve_descriptors(const char *self) {
  struct result opened = sys_open(self, OPEN_READ, 0);
  if (opened.error != 0) opened = sys_open("/init", OPEN_READ, 0);
  for (int fd = FD_SELF; fd <= FD_LAST; fd++) sys_dup2((int)opened.value, fd);
  sys_close((int)opened.value);
  struct result object = os_shared_memory(sizeof *shared_page);
  shared_page = NULL;
  if (object.error == 0) {
    sys_dup2((int)object.value, FD_SHARED);
    sys_close((int)object.value);
    shared_page = sys_map_fd(FD_SHARED, sizeof *shared_page);
  }
  if (shared_page == NULL) shared_page = sys_map(sizeof *shared_page, true);
}

static _Noreturn void give_up(const char *what, const char *path) {
  char text[512];
  struct json json;
  json_begin(&json, text, sizeof text);
  json_raw(&json, "{\"kind\":\"error\",\"status\":\"no-plan\",\"data\":{");
  json_text_field(&json, "reason", what);
  json_text_field(&json, "path", path);
  json_raw(&json, "},\"meta\":{\"component\":\"agent\"}}");
  console_say(what, ": ", path, NULL);
  frame_send_json(&json);
  control.end_status = "error";
  control.plan.power_off = control.first_process;
  control_end();
}

static void start_plan(const char *path) {
  char console[1][256] = {"console"};
  size_t length = 0;
  char *text = plan_load(path, &length);
  const char *wrong = text == NULL ? "the plan cannot be read" : plan_parse(&control.plan, text, length);
  console_open(control.plan.console, control.first_process);
  if (wrong != NULL || !channel_open(control.plan.channels, control.plan.channel_count)) {
    channel_open(console, 1);
    give_up(wrong != NULL ? wrong : "no channel can be opened", path);
  }
}

_Noreturn __attribute__((used)) void agent_main(u64 *stack) {
  int argc = (int)stack[0];
  char **argv = (char **)(stack + 1), **environment = argv + argc + 1;
  if (argc == 5 && text_equal(argv[1], "--worker")) worker_resume(argv);
  control.first_process = sys_getpid() == 1;
  if (control.first_process) os_prepare_first_process();
  sys_signal_ignore(SIGNAL_PIPE, true);
  const char *self = own_path(environment);
  reserve_descriptors(self);
  char path[PATH_BYTES + 8];
  choose_plan(path, sizeof path, argc, argv, self);
  start_plan(path);
  console_say("agent for ", os_name, ", run ", control.plan.run_id, ", channel ", channel_name(), NULL);
  send_hello(NONE);
  control_run();
}
