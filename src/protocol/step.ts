/**
 * What a guest is asked to do, as data. The builders in `steps.ts` make these values and check them; `encode-plan.ts` turns
 * them into the text that the agent reads.
 */
import type { CountersExpectation } from "./counters/expectation.js";
import type { PerCpu } from "./counters/reading.js";
import type { Where } from "./foreign-where.js";
import type { CounterSource } from "./counters/source.js";
import type { Expectation } from "./expectation.js";

export type Step =
  | SyscallStep
  | BatchStep
  | TimeStep
  | BarrierStep
  | ExecStep
  | ExitStep
  | JoinStep
  | KillStep
  | SysctlStep
  | SysctlSetStep
  | ReadFileStep
  | WriteFileStep
  | ProgramStep
  | SleepStep
  | MarkerStep
  | PowerStep
  | FaultStep
  | ForeignStep
  | BlockStep;

/** Steps that hold steps. They are flattened by the encoder: the agent sees contexts and an order, no nesting. */
export type BlockStep = ProcessStep | ThreadStep | ParallelStep | CountersStep;

interface StepCommon {
  /** The row of the transition table, and what the guest's console says before the step. */
  readonly name: string;
  /** After this many ms the step is over: what hangs is killed and reported as timed out. Default 10 000. */
  readonly deadlineMs?: number;
  readonly expect?: Expectation;
}

/** Bytes in the guest's memory whose address a call is given. */
export interface GuestBuffer {
  readonly kind: "buffer";
  /** `in`: the kernel reads it. `out`: zeroed, and sent back. `inout`: both. */
  readonly direction: "in" | "out" | "inout";
  readonly lengthBytes: number;
  /** The first bytes; what follows up to `lengthBytes` is zero. */
  readonly bytes: Uint8Array;
  /** Addresses that are put into this buffer, little-endian and 8 bytes wide, before the call (an iovec needs them). */
  readonly pointers: readonly PointerInBuffer[];
}

export interface PointerInBuffer {
  readonly offsetBytes: number;
  readonly to: GuestBuffer;
  readonly toOffsetBytes: number;
}

/** The address of a buffer, with an offset into it. A bare `GuestBuffer` as an argument means offset 0. */
export interface BufferAddress {
  readonly kind: "address";
  readonly of: GuestBuffer;
  readonly offsetBytes: number;
}

/** What an earlier syscall step of the same context returned, such as a file descriptor. */
export interface ResultReference {
  readonly kind: "result";
  readonly of: string;
}

/** A 64-bit register: −2^63 … 2^64−1, or something in the guest's memory, or an earlier result. */
export type Argument = number | bigint | GuestBuffer | BufferAddress | ResultReference;

/** One raw system call. */
export interface Call {
  readonly nr: number;
  readonly args: readonly Argument[];
}

export interface SyscallStep extends StepCommon, Call {
  readonly kind: "syscall";
  /**
   * Make the call in a forked child, so that a signal or an exit is an observation and the process lives on. Calls that make
   * processes (fork, clone, rfork …) can only be made so: what they make ends at once, and the result is what their parent saw.
   */
  readonly fork: boolean;
}

/** Many calls in one step with one compact reply: the fast way. */
export interface BatchStep extends StepCommon {
  readonly kind: "batch";
  readonly calls: readonly BatchEntry[];
}

export type BatchEntry =
  | (Call & { readonly kind: "call"; readonly repeat: number })
  | ({ readonly kind: "barrier" } & Meeting);

/** A place where `parties` threads or processes meet: each waits until all are there. */
export interface Meeting {
  /** 0 … 31. A barrier can be used any number of times. */
  readonly barrier: number;
  readonly parties: number;
}

/** One call made `count` times, each timed by the guest's monotonic clock. */
export interface TimeStep extends StepCommon {
  readonly kind: "time";
  readonly call: Call;
  readonly count: number;
  /** Calls before the first one that counts. */
  readonly warmup: number;
}

export interface BarrierStep extends StepCommon, Meeting {
  readonly kind: "barrier";
}

/** The process replaces itself by a fresh image of the agent and goes on: kernel state of the old image must be gone. */
export interface ExecStep extends StepCommon {
  readonly kind: "exec";
}

/** The context ends: a process with this exit status, or a thread (its status is not used). */
export interface ExitStep extends StepCommon {
  readonly kind: "exit";
  readonly status: number;
}

/** Waits until a thread of this process is gone, as the kernel says. */
export interface JoinStep extends StepCommon {
  readonly kind: "join";
  readonly thread: string;
}

/** Sends a signal to a named process and waits for its end. */
export interface KillStep extends StepCommon {
  readonly kind: "kill";
  readonly process: string;
  readonly signal: number;
}

/** `auto`: as the kernel describes it. The others say the bytes as that, whatever the kernel says. */
export type SysctlFormat = "auto" | "int" | "long" | "string" | "opaque";

/** Reads a sysctl by name; on Linux the file of that name under `/proc/sys`, as sysctl(8) does. */
export interface SysctlStep extends StepCommon {
  readonly kind: "sysctl";
  readonly sysctl: string;
  readonly format: SysctlFormat;
}

/** Writes a sysctl. What it was is put back at the end of the block that the step stands in, or of the probe. */
export interface SysctlSetStep extends StepCommon {
  readonly kind: "sysctl-set";
  readonly sysctl: string;
  /** A number in decimal, or a text. */
  readonly value: string;
}

export interface ReadFileStep extends StepCommon {
  readonly kind: "read-file";
  readonly path: string;
  readonly limitBytes: number;
}

/** Opens an existing file or creates it, writes the bytes with one write(2), closes it. */
export interface WriteFileStep extends StepCommon {
  readonly kind: "write-file";
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ProgramStep extends StepCommon {
  readonly kind: "program";
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What is passed on of stdout and stderr together; the rest is read, counted and dropped. */
  readonly limitBytes: number;
}

export interface SleepStep extends StepCommon {
  readonly kind: "sleep";
  readonly durationMs: number;
}

/** A line on the console and a frame on the channel, so that the two can be aligned. */
export interface MarkerStep extends StepCommon {
  readonly kind: "marker";
  readonly text: string;
}

export interface PowerStep extends StepCommon {
  readonly kind: "power";
  readonly action: "power-off" | "reboot" | "halt";
}

/**
 * The protocol's own fault injection, by which the tests prove that missing and damaged frames are seen. `drop-frame`: the
 * reply to this step takes a sequence number and is not sent. `garble-frame`: it is sent with a changed byte.
 * `exit-without-end`: the agent does what the plan says to do at the end, without its end frame.
 */
export interface FaultStep extends StepCommon {
  readonly kind: "fault";
  readonly fault: "drop-frame" | "garble-frame" | "exit-without-end";
}

/** Which JSON line of a user's own probe is meant: every field that is named here has to be equal in the line. */
export interface ForeignMatch {
  readonly kind: string;
  readonly status?: string;
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

export type Take = "first" | "last" | "all";

/** Nothing is asked of the agent: a row for a JSON line that a user's own program prints. */
export interface ForeignStep extends StepCommon {
  readonly kind: "foreign";
  readonly match: ForeignMatch;
  /** Which of the lines that match: each of those has to be as expected. Default `all`. */
  readonly take?: Take;
  /** What has to hold between the fields of each of them. */
  readonly where?: Where;
}

/** Steps in one named process, made when it is first named; it lives until it exits or the run ends. */
export interface ProcessStep extends StepCommon {
  readonly kind: "process";
  readonly process: string;
  readonly steps: readonly Step[];
}

/** Steps in one named thread of the process around it, made when it is first named; it lives until it exits. */
export interface ThreadStep extends StepCommon {
  readonly kind: "thread";
  readonly thread: string;
  readonly steps: readonly Step[];
}

/** Blocks that run side by side; the step after it begins when all have ended. */
export interface ParallelStep extends StepCommon {
  readonly kind: "parallel";
  readonly branches: readonly (ProcessStep | ThreadStep)[];
}

/** Counters of the kernel before and after steps; each that changed is a row. */
export interface CountersStep extends StepCommon {
  readonly kind: "counters";
  readonly sources: readonly CounterSource[];
  readonly perCpu: PerCpu;
  readonly rules?: CountersExpectation;
  /** Absent: those of the whole probe. */
  readonly steps?: readonly Step[];
}

/** The steps of one run, checked as a whole. */
export interface Probe {
  readonly steps: readonly Step[];
}
