/*
 * Steps begin here: those that the controller carries out itself, and those that a worker is handed.
 */
#ifndef KERNLANE_OPERATIONS_H
#define KERNLANE_OPERATIONS_H

#include "base/base.h"

/* Begins every step whose turn it is. True when there was one. */
bool steps_dispatch(void);
/* The agent's first frame. */
void hello_send(void);

#endif
