#ifdef __FreeBSD__
#include "base/os.h"
#include "base/sysctl.h"

const char os_name[] = "freebsd";

/* The kernel takes an executable for FreeBSD's by its OS/ABI byte or by this note; 1300139 is 13.0-RELEASE. */
__attribute__((used, section(".note.tag"), aligned(4))) static const struct {
  u32 name_bytes, value_bytes, type;
  char name[8];
  u32 value;
} abi_note = {8, 4, 1, "FreeBSD", 1300139};

#define UMTX_WAKE 3
#define UMTX_WAIT_LONG 2
#define UMTX_WAIT_UINT 11


/* struct termios of sys/_termios.h. */
struct terminal {
  u32 input, output, control, local;
  u8 characters[20];
  u32 input_speed, output_speed;
};

bool os_make_raw(int fd) {
  struct terminal terminal;
  if (sys3(SYS_IOCTL, (u64)fd, 0x402c7413 /* TIOCGETA */, (u64)&terminal).error != 0) return false;
  terminal.input = 1;          /* IGNBRK */
  terminal.output = 0;
  terminal.control = 0x8b00;   /* CS8 CREAD CLOCAL */
  terminal.local = 0;
  terminal.characters[16] = 1; /* VMIN */
  terminal.characters[17] = 0; /* VTIME */
  terminal.input_speed = terminal.output_speed = 115200;
  return sys3(SYS_IOCTL, (u64)fd, 0x802c7414 /* TIOCSETA */, (u64)&terminal).error == 0;
}

i32 os_unsent(int fd) {
  i32 bytes = 0;
  return sys3(SYS_IOCTL, (u64)fd, 0x40047473 /* TIOCOUTQ */, (u64)&bytes).error == 0 ? bytes : -1;
}

bool os_resolve_channel(const char *path, char *device, size_t size) {
  (void)path, (void)device, (void)size;
  return false;
}

static struct result read_sysctl(const char *name, void *to, size_t *length) {
  struct sysctl found;
  struct result got = os_sysctl_find(name, &found);
  return got.error == 0 ? os_sysctl_read(&found, to, length) : got;
}

bool os_channel_may_appear(const char *path) {
  /* The names there are aliases that vtcon(4) makes of what the hypervisor calls its ports. */
  char driver[16];
  size_t length = sizeof driver;
  return text_begins(path, "/dev/vtcon/") && read_sysctl("dev.vtcon.0.%driver", driver, &length).error == 0;
}

static void umtx_wait(volatile void *word, int operation, u64 expected, u64 timeout_ns) {
  struct timespec timeout = {(i64)(timeout_ns / 1000000000), (i64)(timeout_ns % 1000000000)};
  raw_syscall(SYS_UMTX_OP, (u64)word, (u64)operation, expected, sizeof timeout, (u64)&timeout, 0);
}

void os_wait(volatile u32 *word, u32 expected, u64 timeout_ns) {
  umtx_wait(word, UMTX_WAIT_UINT, expected, timeout_ns);
}

void os_wake(volatile u32 *word) { raw_syscall(SYS_UMTX_OP, (u64)word, UMTX_WAKE, 0x7fffffff, 0, 0, 0); }

struct result os_thread_start(struct os_thread *thread, void *stack, size_t stack_bytes,
                              void (*function)(void *), void *argument) {
  struct {
    void (*function)(void *);
    void *argument, *stack;
    size_t stack_bytes;
    void *tls;
    size_t tls_bytes;
    i64 *child_tid, *parent_tid;
    i32 flags;
    void *priority, *spare[3];
  } parameters = {.function = function,
                  .argument = argument,
                  .stack = stack,
                  .stack_bytes = stack_bytes,
                  .parent_tid = &thread->tid};
  thread->running = 2;
  struct result made = sys2(SYS_THR_NEW, (u64)&parameters, sizeof parameters);
  if (made.error != 0) thread->running = 0;
  return made;
}

void os_thread_exit(struct os_thread *thread) {
  /* The kernel writes 1 there, which means "gone" here, and wakes whoever waits. */
  for (;;) sys1(SYS_THR_EXIT, (u64)&thread->running);
}

bool os_thread_gone(struct os_thread *thread, u64 timeout_ns) {
  u64 until = clock_ns() + timeout_ns;
  for (i64 seen; (seen = thread->running) > 1;) {
    u64 now = clock_ns();
    if (now >= until) return false;
    umtx_wait(&thread->running, UMTX_WAIT_LONG, (u64)seen, until - now);
  }
  return true;
}

struct result os_shared_memory(size_t length) {
  const u64 anonymous = 1; /* SHM_ANON */
  struct result object = raw_syscall(SYS_SHM_OPEN2, anonymous, OPEN_READ_WRITE, 0600, 0, 0, 0);
  if (object.error == 0) sys2(SYS_FTRUNCATE, (u64)object.value, length);
  return object;
}

struct result os_execute_self(int fd, char **argv, char **environment) {
  return sys3(SYS_FEXECVE, (u64)fd, (u64)argv, (u64)environment);
}

struct result os_power(const char *action) {
  u64 how = 0x4000; /* RB_POWEROFF */
  if (text_equal(action, "reboot")) how = 0;
  if (text_equal(action, "halt")) how = 0x8;
  return sys1(SYS_REBOOT, how);
}

bool os_makes_process(i64 number, const u64 *args) {
  /* Of an indirect call the first argument is the number, cut to 32 bits; there is one such step, not more. */
  i64 direct = number == SYS_SYSCALL || number == SYS___SYSCALL ? (u32)args[0] : number;
  return direct == SYS_FORK || direct == SYS_VFORK || direct == SYS_RFORK || direct == SYS_PDFORK ||
         direct == SYS_THR_NEW || direct == SYS_THR_CREATE;
}

/* struct kinfo_kstack of sys/user.h. */
struct kernel_stack {
  i32 tid, state;
  char trace[1024];
  i32 spare[16];
};
#define STACK_OK 0
#define STACK_RUNNING 2

void os_kernel_stacks(i32 pid, void (*take)(void *context, const char *text, size_t length), void *context) {
  /* More threads than an agent's own process has, and too much for a stack. */
  static struct kernel_stack stacks[24];
  const struct sysctl stacks_of = {.depth = 4, .numbers = {1 /* CTL_KERN */, 14 /* KERN_PROC */, 15 /* KERN_PROC_KSTACK */, pid}};
  size_t bytes = sizeof stacks;
  struct result got = os_sysctl_read(&stacks_of, stacks, &bytes);
  /* Without room for all, those that had room are there. */
  if (got.error != 0 && got.error != ERROR_NOMEM) return;
  for (size_t at = 0; at < bytes / sizeof stacks[0] && at < 24; at++) {
    char text[sizeof stacks[0].trace + 64] = "thread ";
    size_t length = 7 + format_i64(text + 7, stacks[at].tid);
    text_copy(text + length, 16, stacks[at].state == STACK_OK ? "|" : stacks[at].state == STACK_RUNNING ? " running|" : " swapped out|");
    length = text_length(text);
    stacks[at].trace[sizeof stacks[at].trace - 1] = 0;
    text_copy(text + length, sizeof text - length, stacks[at].trace);
    length = text_length(text);
    for (size_t of = 0; of < length; of++) {
      if (text[of] == '\n') text[of] = '|';
    }
    take(context, text, length);
  }
}

void os_tell_blocked(void) {}

u32 os_cpu_count(void) {
  i32 count = 0;
  size_t length = sizeof count;
  return read_sysctl("hw.ncpu", &count, &length).error == 0 ? (u32)count : 0;
}

/* A variable of the kernel's environment; empty when there is none. */
static void read_variable(const char *name, char *to, size_t size) {
  const u64 get = 0;
  if (raw_syscall(SYS_KENV, get, (u64)name, (u64)to, size - 1, 0, 0).error != 0) to[0] = 0;
  to[size - 1] = 0;
}

/* The kernel mounts its root read-only whatever it is told; rc(8) mounts it again, and here nobody else does. */
static void make_root_writable(void) {
  char options[128], from[128];
  read_variable("vfs.root.mountfrom.options", options, sizeof options);
  read_variable("vfs.root.mountfrom", from, sizeof from);
  if (!text_begins(options, "rw")) return;
  char *device = from;
  while (*device != 0 && *device != ':') device++;
  if (*device != 0) *device++ = 0;
  const char *const words[] = {"fstype", from, "fspath", "/", "from", device, "update", NULL, "noro", NULL};
  struct {
    const char *base;
    size_t length;
  } parts[sizeof words / sizeof words[0]];
  for (size_t at = 0; at < sizeof words / sizeof words[0]; at++) {
    parts[at].base = words[at];
    parts[at].length = words[at] == NULL ? 0 : text_length(words[at]) + 1;
  }
  static const char complaint[] = "kernlane: the root cannot be made writable\r\n";
  if (sys3(SYS_NMOUNT, (u64)parts, sizeof words / sizeof words[0], 0).error != 0)
    sys_write(1, complaint, sizeof complaint - 1);
}

void os_prepare_first_process(void) {
  /* What init(8) and rc(8) give to what they start: three descriptors, a session, a login name. The kernel gives none. */
  const struct result input = sys3(SYS_OPEN, (u64) "/dev/null", OPEN_READ, 0);
  const struct result output = sys3(SYS_OPEN, (u64) "/dev/console", OPEN_READ_WRITE | OPEN_NO_CTTY, 0);
  if (input.value == 0 && output.value == 1) sys_dup2(1, 2);
  sys0(SYS_SETSID);
  sys1(SYS_SETLOGIN, (u64) "root");
  make_root_writable();
  /* The kernel waits five seconds before it switches off, for the caches of real disks: here there are none. */
  const i32 no_delay = 0;
  struct sysctl delay;
  if (os_sysctl_find("kern.shutdown.poweroff_delay", &delay).error == 0) {
    os_sysctl_write(&delay, &no_delay, sizeof no_delay);
  }
}

static void read_text(const char *name, char *to, size_t size) {
  size_t length = size - 1;
  if (read_sysctl(name, to, &length).error != 0) length = 0;
  to[length] = 0;
}

void os_identity(struct identity *identity) {
  memset(identity, 0, sizeof *identity);
  read_text("kern.ostype", identity->sysname, sizeof identity->sysname);
  read_text("kern.osrelease", identity->release, sizeof identity->release);
  read_text("kern.version", identity->version, sizeof identity->version);
  read_text("hw.machine", identity->machine, sizeof identity->machine);
  read_text("kern.ident", identity->ident, sizeof identity->ident);
  read_text("kern.bootfile", identity->bootfile, sizeof identity->bootfile);
  read_text("kern.build_id", identity->build_id, sizeof identity->build_id);
  size_t length = sizeof identity->osreldate;
  read_sysctl("kern.osreldate", &identity->osreldate, &length);
}

void os_ignore_signal(int signal, bool ignore) {
  const struct {
    u64 handler;
    i32 flags;
    u32 mask[4];
  } action = {ignore ? 1 : 0, 0, {0, 0, 0, 0}};
  sys3(SYS_SIGACTION, (u64)signal, (u64)&action, 0);
}
#endif
