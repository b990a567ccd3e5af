/*
 * The controller: the agent's first process. It makes no system call of a probe's itself; it hands steps to workers, passes
 * on what they answer, keeps the deadlines, and outlives whatever a step does to the process that makes it.
 *
 * It waits in one place, for whatever comes first; everything else that it does takes what there is and returns.
 */
#ifndef KERNLANE_CONTROL_H
#define KERNLANE_CONTROL_H

/* Carries out the plan, and ends as it says. */
_Noreturn void control_run(void);
/* Sends the end frame, and powers off or exits. */
_Noreturn void control_end(void);

#endif
