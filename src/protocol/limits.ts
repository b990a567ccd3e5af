/**
 * The sizes that the agent and its protocol have (docs/probe-protocol.md, "Limits"). `agent/limits.h` holds the same numbers,
 * and a test compares the two.
 */
export const limits = {
  argsPerCall: 6,
  buffersPerCall: 16,
  /** All buffers of one call together, each rounded up to 16 bytes. */
  bufferBytes: 65_536,
  pointersPerCall: 64,
  callsPerBatch: 4096,
  /** `repeat` of one entry of a batch, and the calls of a `time` step. */
  repeats: 10_000_000,
  barriers: 32,
  processes: 16,
  threadsPerProcess: 16,
  contextNameBytes: 31,
  nameBytes: 120,
  pathBytes: 1023,
  programWords: 64,
  sysctlNameBytes: 255,
  sysctlValueBytes: 256,
  /** Sysctls that one plan may set and put back. */
  sysctlsSet: 32,
  /** What one tree of sysctls may list, and one block of counters may have. */
  counters: 4096,
  /** What a file read or a program's output may pass on. */
  passedOnBytes: 1_048_576,
  deadlineMs: 86_400_000,
  /** A plan has fewer. */
  planBytes: 8_388_608,
  /** One line of a plan or of the live channel. */
  lineBytes: 262_144,
  /** One frame of the agent's, its newline included. */
  frameBytes: 4096,
} as const;
