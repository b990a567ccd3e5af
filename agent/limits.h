/*
 * The sizes of the agent and its protocol. src/protocol/limits.ts holds the same numbers for the host, and a test compares the
 * two (docs/probe-protocol.md, "Limits").
 */
#ifndef KERNLANE_LIMITS_H
#define KERNLANE_LIMITS_H

#define ARGS_PER_CALL 6
#define BUFFERS_PER_CALL 16
#define BUFFER_BYTES 65536
#define POINTERS_PER_CALL 64
#define CALLS_PER_BATCH 4096
#define REPEATS 10000000
#define BARRIERS 32
#define PROCESSES 16
#define THREADS_PER_PROCESS 16
#define CONTEXT_NAME_BYTES 31
#define NAME_BYTES 120
#define PATH_BYTES 1023
#define PROGRAM_WORDS 64
#define SYSCTL_NAME_BYTES 255
#define SYSCTL_VALUE_BYTES 256
#define SYSCTLS_SET 32
#define COUNTERS 4096
#define PASSED_ON_BYTES 1048576
#define DEADLINE_MS 86400000
#define PLAN_BYTES 8388608
#define LINE_BYTES 262144
#define FRAME_BYTES 4096

/* The JSON of a frame: what is left beside the magic word, the number, the checksum and the newline. */
#define JSON_BYTES (FRAME_BYTES - 40)
/* What one frame's JSON may hold of guest bytes, escaped; the rest is for the fields around it. */
#define FIELD_BYTES 3072
/* Samples of a time step that are kept; of more calls every second, third … one is. */
#define SAMPLES 100000
/* Different results of a time step that are told apart. */
#define DISTINCT_RESULTS 16

#endif
