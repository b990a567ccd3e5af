#ifdef __FreeBSD__
#include "base/sys.h"
#include "base/sysctl.h"

/* What the kernel's own node 0 answers (sys/sysctl.h). */
#define NAME_OF 1
#define NEXT_OF 2
#define NUMBERS_OF 3
#define FORMAT_OF 4
#define DEEPEST 24

/* CTLTYPE_* of sys/sysctl.h, by number. */
static const struct {
  enum sysctl_kind kind;
  u32 width;
} types[16] = {
    {SYSCTL_OPAQUE, 0},   {SYSCTL_NODE, 0},     {SYSCTL_SIGNED, 4},   {SYSCTL_TEXT, 0},
    {SYSCTL_SIGNED, 8},   {SYSCTL_OPAQUE, 0},   {SYSCTL_UNSIGNED, 4}, {SYSCTL_SIGNED, 8},
    {SYSCTL_UNSIGNED, 8}, {SYSCTL_UNSIGNED, 8}, {SYSCTL_UNSIGNED, 1}, {SYSCTL_UNSIGNED, 2},
    {SYSCTL_SIGNED, 1},   {SYSCTL_SIGNED, 2},   {SYSCTL_SIGNED, 4},   {SYSCTL_UNSIGNED, 4},
};

static struct result by_numbers(const i32 *numbers, u32 depth, void *to, size_t *length, const void *from, size_t bytes) {
  return raw_syscall(SYS_SYSCTL, (u64)numbers, depth, (u64)to, (u64)length, (u64)from, bytes);
}

static struct result ask(i32 question, const struct sysctl *at, void *to, size_t *length) {
  i32 numbers[DEEPEST + 2] = {0, question};
  memcpy(numbers + 2, at->numbers, at->depth * sizeof(i32));
  return by_numbers(numbers, at->depth + 2, to, length, NULL, 0);
}

static struct result describe(struct sysctl *at) {
  struct {
    u32 kind;
    char format[60];
  } described = {0, ""};
  size_t length = sizeof described;
  struct result got = ask(FORMAT_OF, at, &described, &length);
  at->kind = types[described.kind & 15].kind;
  at->width = types[described.kind & 15].width;
  return got;
}

struct result os_sysctl_find(const char *name, struct sysctl *found) {
  const i32 question[2] = {0, NUMBERS_OF};
  size_t length = sizeof found->numbers;
  text_copy(found->name, sizeof found->name, name);
  struct result got = by_numbers(question, 2, found->numbers, &length, name, text_length(name));
  if (got.error != 0) return got;
  found->depth = (u32)(length / sizeof(i32));
  return describe(found);
}

struct result os_sysctl_next(struct sysctl *at) {
  i32 numbers[DEEPEST];
  size_t length = sizeof numbers;
  struct result got = ask(NEXT_OF, at, numbers, &length);
  if (got.error != 0) return got;
  at->depth = (u32)(length / sizeof(i32));
  memcpy(at->numbers, numbers, length);
  length = sizeof at->name - 1;
  memset(at->name, 0, sizeof at->name);
  got = ask(NAME_OF, at, at->name, &length);
  return got.error == 0 ? describe(at) : got;
}

struct result os_sysctl_read(const struct sysctl *at, void *to, size_t *length) {
  return by_numbers(at->numbers, at->depth, to, length, NULL, 0);
}

struct result os_sysctl_write(const struct sysctl *at, const void *from, size_t length) {
  return by_numbers(at->numbers, at->depth, NULL, NULL, from, length);
}
#endif
