/*
 * Sysctls by name: os/freebsd-sysctl.c asks the kernel, os/linux-sysctl.c takes the files below /proc/sys for them.
 */
#ifndef KERNLANE_SYSCTL_H
#define KERNLANE_SYSCTL_H

#include "base/base.h"
#include "limits.h"

enum sysctl_kind { SYSCTL_NODE, SYSCTL_SIGNED, SYSCTL_UNSIGNED, SYSCTL_TEXT, SYSCTL_OPAQUE };

struct sysctl {
  char name[SYSCTL_NAME_BYTES + 1];
  enum sysctl_kind kind;
  /* Of one number, in bytes; a value may be several. */
  u32 width;
  /* FreeBSD's path of numbers. */
  u32 depth;
  i32 numbers[24];
};

struct result os_sysctl_find(const char *name, struct sysctl *found);
/* Goes to the next one in the kernel's own order; an error where there is none. */
struct result os_sysctl_next(struct sysctl *at);
/* Length is that of the room before and of the value after. */
struct result os_sysctl_read(const struct sysctl *at, void *to, size_t *length);
struct result os_sysctl_write(const struct sysctl *at, const void *from, size_t length);

#endif
