#ifdef __linux__
#include "base/sys.h"
#include "base/sysctl.h"

#define FOLDER "/proc/sys/"

/* vm.swappiness is the file /proc/sys/vm/swappiness, as sysctl(8) has it. */
static struct result open_file(const char *name, u32 flags) {
  char path[sizeof FOLDER + SYSCTL_NAME_BYTES] = FOLDER;
  text_copy(path + sizeof FOLDER - 1, SYSCTL_NAME_BYTES + 1, name);
  for (char *at = path + sizeof FOLDER - 1; *at != 0; at++) {
    if (*at == '.') *at = '/';
  }
  return sys_open(path, flags, 0);
}

struct result os_sysctl_find(const char *name, struct sysctl *found) {
  struct result opened = open_file(name, OPEN_READ);
  if (opened.error != 0) return opened;
  sys_close((int)opened.value);
  text_copy(found->name, sizeof found->name, name);
  found->kind = SYSCTL_TEXT;
  found->width = found->depth = 0;
  return opened;
}

struct result os_sysctl_next(struct sysctl *at) {
  (void)at;
  return (struct result){-1, ERROR_NOENT};
}

struct result os_sysctl_read(const struct sysctl *at, void *to, size_t *length) {
  struct result opened = open_file(at->name, OPEN_READ);
  if (opened.error != 0) return opened;
  u8 *bytes = to, more;
  struct result got = sys_read_up_to((int)opened.value, bytes, *length);
  bool whole = got.error != 0 || (size_t)got.value < *length || sys_read((int)opened.value, &more, 1).value <= 0;
  sys_close((int)opened.value);
  if (got.error != 0) return got;
  /* As FreeBSD says it. */
  if (!whole) return (struct result){-1, ERROR_NOMEM};
  *length = (size_t)got.value;
  /* The line break belongs to the file, not to the value. */
  if (*length > 0 && bytes[*length - 1] == '\n') (*length)--;
  return got;
}

struct result os_sysctl_write(const struct sysctl *at, const void *from, size_t length) {
  struct result opened = open_file(at->name, OPEN_WRITE);
  if (opened.error != 0) return opened;
  struct result wrote = sys_write((int)opened.value, from, length);
  sys_close((int)opened.value);
  return wrote;
}
#endif
