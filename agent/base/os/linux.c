#ifdef __linux__
#include "base/os.h"

const char os_name[] = "linux";

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

static void make_node(const char *path, u32 major, u32 minor) {
  sys3(SYS_MKNOD, (u64)path, 0020600, major << 8 | minor);
}

void os_prepare_first_process(void) {
  static const char *const mounts[][2] = {{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}};
  for (size_t at = 0; at < 3; at++) {
    sys2(SYS_MKDIR, (u64)mounts[at][1], 0755);
    raw_syscall(SYS_MOUNT, (u64)mounts[at][0], (u64)mounts[at][1], (u64)mounts[at][0], 0, 0, 0);
  }
  /* A kernel without devtmpfs has no devices but these. Where they are there already nothing happens. */
  make_node("/dev/console", 5, 1);
  make_node("/dev/null", 1, 3);
  make_node("/dev/ttyS0", 4, 64);
  make_node("/dev/ttyS1", 4, 65);
}

/* struct termios of the kernel's TCGETS and TCSETS. */
struct terminal {
  u32 input, output, control, local;
  u8 line;
  u8 characters[19];
};

bool os_make_raw(int fd) {
  struct terminal terminal;
  if (sys3(SYS_IOCTL, (u64)fd, 0x5401 /* TCGETS */, (u64)&terminal).error != 0) return false;
  terminal.input = 1;         /* IGNBRK */
  terminal.output = 0;
  terminal.control = 0x18b2;  /* B115200 CS8 CREAD CLOCAL */
  terminal.local = 0;
  terminal.characters[5] = 0; /* VTIME */
  terminal.characters[6] = 1; /* VMIN */
  return sys3(SYS_IOCTL, (u64)fd, 0x5402 /* TCSETS */, (u64)&terminal).error == 0;
}

i32 os_unsent(int fd) {
  i32 bytes = 0;
  return sys3(SYS_IOCTL, (u64)fd, 0x5411 /* TIOCOUTQ */, (u64)&bytes).error == 0 ? bytes : -1;
}

/* Whether /sys says that this port of a virtio-serial device carries the name. */
static bool port_has_name(const char *port, const char *name) {
  char path[128] = "/sys/class/virtio-ports/", content[64];
  text_copy(path + text_length(path), 64, port);
  text_copy(path + text_length(path), 8, "/name");
  struct result file = sys_open(path, OPEN_READ, 0);
  if (file.error != 0) return false;
  struct result got = sys_read((int)file.value, content, sizeof content - 1);
  sys_close((int)file.value);
  if (got.error != 0) return false;
  content[got.value] = 0;
  if (got.value > 0 && content[got.value - 1] == '\n') content[got.value - 1] = 0;
  return text_equal(content, name);
}

static const char prefix[] = "/dev/virtio-ports/";

bool os_channel_may_appear(const char *path) {
  if (!text_begins(path, prefix)) return false;
  struct result ports = sys_open("/sys/class/virtio-ports", OPEN_READ, 0);
  if (ports.error == 0) sys_close((int)ports.value);
  return ports.error == 0;
}

bool os_resolve_channel(const char *path, char *device, size_t size) {
  /* The links in that directory are made by udev, which is not here: /sys has the names too. */
  if (!text_begins(path, prefix)) return false;
  struct result directory = sys_open("/sys/class/virtio-ports", OPEN_READ, 0);
  if (directory.error != 0) return false;
  char entries[1024];
  bool found = false;
  struct result got = sys3(SYS_GETDENTS64, (u64)directory.value, (u64)entries, sizeof entries);
  for (i64 at = 0; got.error == 0 && at < got.value && !found;) {
    const char *name = entries + at + 19;
    if (*name != '.' && text_length(name) < 60 && port_has_name(name, path + sizeof prefix - 1)) {
      text_copy(device, size, "/dev/");
      text_copy(device + 5, size - 5, name);
      found = true;
    }
    at += *(const uint16_t *)(entries + at + 16);
  }
  sys_close((int)directory.value);
  return found;
}

void os_wait(volatile u32 *word, u32 expected, u64 timeout_ns) {
  struct timespec timeout = {(i64)(timeout_ns / 1000000000), (i64)(timeout_ns % 1000000000)};
  raw_syscall(SYS_FUTEX, (u64)word, FUTEX_WAIT, expected, (u64)&timeout, 0, 0);
}

void os_wake(volatile u32 *word) { sys3(SYS_FUTEX, (u64)word, FUTEX_WAKE, 0x7fffffff); }

struct result os_thread_start(struct os_thread *thread, void *stack, size_t stack_bytes,
                              void (*function)(void *), void *argument) {
  /* VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, PARENT_SETTID, CHILD_CLEARTID */
  const u64 flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x100000 | 0x200000;
  thread->running = 1;
  struct result made = raw_clone_thread(flags, (u8 *)stack + stack_bytes, (i32 *)&thread->tid,
                                        (i32 *)&thread->running, function, argument);
  if (made.error != 0) thread->running = 0;
  return made;
}

void os_thread_exit(struct os_thread *thread) {
  (void)thread;
  for (;;) sys1(SYS_EXIT_THREAD, 0);
}

bool os_thread_gone(struct os_thread *thread, u64 timeout_ns) {
  /* The kernel clears the word and wakes whoever waits for it when it has let go of the thread's memory. */
  u64 until = clock_ns() + timeout_ns;
  volatile u32 *word = (volatile u32 *)&thread->running;
  for (u32 seen; (seen = *word) != 0;) {
    u64 now = clock_ns();
    if (now >= until) return false;
    os_wait(word, seen, until - now);
  }
  return true;
}

struct result os_shared_memory(size_t length) {
  struct result object = sys2(SYS_MEMFD_CREATE, (u64) "kernlane", 0);
  if (object.error == 0) sys2(SYS_FTRUNCATE, (u64)object.value, length);
  return object;
}

struct result os_execute_self(int fd, char **argv, char **environment) {
  return raw_syscall(SYS_EXECVEAT, (u64)fd, (u64) "", (u64)argv, (u64)environment, 0x1000, 0);
}

struct result os_power(const char *action) {
  u64 command = 0x4321fedc;
  if (text_equal(action, "reboot")) command = 0x01234567;
  if (text_equal(action, "halt")) command = 0xcdef0123;
  return raw_syscall(SYS_REBOOT, 0xfee1dead, 672274793, command, 0, 0, 0);
}

bool os_makes_process(i64 number, const u64 *args) {
  (void)args;
  i64 plain = number & ~(i64)X32_BIT;
  return plain == SYS_CLONE || plain == SYS_FORK || plain == SYS_VFORK || plain == SYS_CLONE3;
}

u32 os_cpu_count(void) {
  u64 mask[128];
  struct result got = sys3(SYS_SCHED_GETAFFINITY, 0, sizeof mask, (u64)mask);
  u32 count = 0;
  for (i64 at = 0; got.error == 0 && at < got.value / 8; at++) count += (u32)__builtin_popcountll(mask[at]);
  return count;
}

void os_identity(struct identity *identity) {
  struct {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domain[65];
  } names;
  memset(identity, 0, sizeof *identity);
  if (sys1(SYS_UNAME, (u64)&names).error != 0) return;
  text_copy(identity->sysname, sizeof identity->sysname, names.sysname);
  text_copy(identity->release, sizeof identity->release, names.release);
  text_copy(identity->version, sizeof identity->version, names.version);
  text_copy(identity->machine, sizeof identity->machine, names.machine);
}

/* The file /proc/PID/task/TID/NAME behind what is there already; how long all of it is then. */
static size_t append_task_file(char *text, size_t length, size_t size, const char *folder, const char *name) {
  char path[96];
  text_copy(path, sizeof path, folder);
  text_copy(path + text_length(path), sizeof path - text_length(path), name);
  struct result file = sys_open(path, OPEN_READ, 0);
  if (file.error != 0) return length;
  struct result got = sys_read_up_to((int)file.value, (u8 *)text + length, size - length);
  sys_close((int)file.value);
  return got.error == 0 ? length + (size_t)got.value : length;
}

/* `thread 77 (agent) D` of `77 (agent) D 1 77 …`, in which the name may hold anything; then the stack. */
static size_t describe_thread(char *text, size_t size, const char *folder) {
  text_copy(text, size, "thread ");
  size_t length = append_task_file(text, 7, size, folder, "stat"), name_end = length;
  while (name_end > 0 && text[name_end - 1] != ')') name_end--;
  if (name_end + 2 > length) return 0;
  length = name_end + 2;
  text[length++] = '\n';
  length = append_task_file(text, length, size, folder, "stack");
  for (size_t at = 0; at < length; at++) {
    if (text[at] == '\n') text[at] = '|';
  }
  return length;
}

void os_kernel_stacks(i32 pid, void (*take)(void *context, const char *text, size_t length), void *context) {
  char folder[64] = "/proc/", text[4096];
  u8 entries[1024];
  size_t length = 6 + format_i64(folder + 6, pid);
  text_copy(folder + length, sizeof folder - length, "/task/");
  length += 6;
  struct result directory = sys_open(folder, OPEN_READ, 0), got;
  if (directory.error != 0) return;
  while ((got = sys3(SYS_GETDENTS64, (u64)directory.value, (u64)entries, sizeof entries)).error == 0 && got.value > 0) {
    for (i64 at = 0; at < got.value; at += *(const uint16_t *)(entries + at + 16)) {
      const char *name = (const char *)entries + at + 19;
      if (*name < '0' || *name > '9') continue;
      text_copy(folder + length, sizeof folder - length - 1, name);
      size_t end = text_length(folder);
      folder[end] = '/', folder[end + 1] = 0;
      size_t described = describe_thread(text, sizeof text, folder);
      if (described > 0) take(context, text, described);
    }
  }
  sys_close((int)directory.value);
}

void os_tell_blocked(void) {
  /* Only in a guest of its own, of which the agent is the first process, and its workers' parent. */
  if (sys_getpid() != 1 && sys0(SYS_GETPPID).value != 1) return;
  struct result trigger = sys_open("/proc/sysrq-trigger", OPEN_WRITE, 0);
  if (trigger.error != 0) return;
  /* Blocked tasks, then held locks, which only a kernel with lockdep knows. */
  sys_write((int)trigger.value, "w", 1);
  sys_write((int)trigger.value, "d", 1);
  sys_close((int)trigger.value);
}

void os_ignore_signal(int signal, bool ignore) {
  const u64 action[4] = {ignore ? 1 : 0, 0, 0, 0};
  raw_syscall(SYS_SIGACTION, (u64)signal, (u64)action, 0, 8, 0, 0);
}
#endif
