/*
 * A worker process: its main thread, and the threads that it is told to make.
 */
#ifndef KERNLANE_WORKER_H
#define KERNLANE_WORKER_H

/* The entry points: after fork(2), and after the exec step has executed the agent again. */
_Noreturn void worker_run(int process, const char *context);
_Noreturn void worker_resume(char **argv);

#endif
