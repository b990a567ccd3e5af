/*
 * The operations of a worker, by file. Each answers exactly once.
 */
#ifndef KERNLANE_PERFORM_H
#define KERNLANE_PERFORM_H

#include "worker/actor.h"

/* syscall.c, batch.c, timing.c */
void perform_syscall(struct actor *actor, char *cursor);
void perform_batch(struct actor *actor, char *cursor);
void perform_time(struct actor *actor, char *cursor);
/* files.c */
void perform_read_file(struct actor *actor, char *cursor);
void perform_write_file(struct actor *actor, char *cursor);
void perform_sleep(struct actor *actor, char *cursor);
/* sysctls.c, sysctl-tree.c */
void perform_sysctl(struct actor *actor, char *cursor);
void perform_sysctl_set(struct actor *actor, char *cursor);
void perform_sysctl_restore(struct actor *actor, char *cursor);
void perform_sysctl_tree(struct actor *actor, char *cursor);

#endif
