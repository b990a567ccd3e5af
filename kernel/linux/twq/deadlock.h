/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TWQ_DEADLOCK_H
#define TWQ_DEADLOCK_H

/* Does not return: the caller and the thread twq_other wait for each other. */
void twq_deadlock(void);

#endif
