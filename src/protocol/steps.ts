/**
 * The builders of a probe. Each returns plain data (`step.ts`) and refuses what cannot work at the call that asked for it.
 *
 * @example
 * const abi = probe([
 *   syscall({ name: "twq_kernreturn(INIT)", nr: 468, args: [1, 0, 0, 0], fork: true,
 *             expect: { stock: ["SIGSYS", "ENOSYS"], TWQDEBUG: "ENOTSUP" } }),
 *   process("worker", [syscall({ nr: 468, args: [2] }), exec(), syscall({ nr: 468, args: [4] }), exit(0)]),
 * ]);
 */
import { checkCall } from "./buffers.js";
import { parseWhere, type WhereInput } from "./foreign-where.js";
import { limits } from "./limits.js";
import { checkInteger, stepError } from "./step-check.js";
import { common, refuseUnknown, type StepOptions } from "./step-options.js";
import type {
  Argument,
  BarrierStep,
  BatchEntry,
  BatchStep,
  Call,
  ExecStep,
  ExitStep,
  ForeignMatch,
  ForeignStep,
  JoinStep,
  KillStep,
  SyscallStep,
  Take,
  TimeStep,
} from "./step.js";

export * from "./step.js";
export { addressOf, inBytes, inOutBytes, outBytes, pointerAt, resultOf } from "./buffers.js";
export type { BufferOptions, BytesInput } from "./buffers.js";
export { counters, type CountersOptions } from "./counters/counters-step.js";
export type {
  CounterRules,
  CountersExpectationInput,
  WantedChange,
} from "./counters/expectation.js";
export type { WhereInput } from "./foreign-where.js";
export { parallel, probe, process, thread } from "./blocks.js";
export {
  fault,
  halt,
  marker,
  powerOff,
  program,
  readFile,
  reboot,
  sleep,
  sysctl,
  writeFile,
} from "./system-steps.js";

export type { StepOptions } from "./step-options.js";

export interface CallOptions {
  readonly nr: number;
  readonly args?: readonly Argument[];
}

const CALL = ["nr", "args"];

/**
 * One raw system call.
 *
 * @throws LaneError `step-too-many-arguments`, `step-number-out-of-range`, `step-bytes-invalid`, `step-buffer-too-large`,
 *   `unknown-outcome-name`
 */
export function syscall(
  options: StepOptions & CallOptions & { readonly fork?: boolean },
): SyscallStep {
  const call = checkCall(options.nr, options.args ?? [], options.name ?? `syscall ${options.nr}`);
  return {
    kind: "syscall",
    ...call,
    fork: options.fork ?? false,
    ...common(options, nameOfCall(call), [...CALL, "fork"]),
  };
}

/** A call of a batch. `repeat` makes it that often in a row; default 1. */
export function call(options: CallOptions & { readonly repeat?: number }): BatchEntry {
  refuseUnknown(options, [...CALL, "repeat"], "call");
  const repeat = checkInteger(options.repeat ?? 1, 1, limits.repeats, "call: repeat");
  return { kind: "call", repeat, ...checkCall(options.nr, options.args ?? [], "call") };
}

/** A barrier inside a batch: the calls after it begin together with those of the other parties. */
export function meet(barrierNumber: number, parties: number): BatchEntry {
  return { kind: "barrier", ...checkMeeting(barrierNumber, parties, "meet") };
}

/** Many calls in one step, answered by one compact reply. */
export function batch(calls: readonly BatchEntry[], options: StepOptions = {}): BatchStep {
  checkInteger(calls.length, 1, limits.callsPerBatch, "batch: number of calls");
  return { kind: "batch", calls, ...common(options, `batch of ${calls.length}`) };
}

/** One call `count` times, answered by the results that were seen, each with how often. */
export function repeat(options: StepOptions & CallOptions & { readonly count: number }): BatchStep {
  const one = call({ nr: options.nr, args: options.args ?? [], repeat: options.count });
  const name = `${options.count} times syscall ${options.nr}`;
  return { kind: "batch", calls: [one], ...common(options, name, [...CALL, "count"]) };
}

/** One call `count` times, each timed: the distribution in ns, less what reading the clock costs. */
export function time(
  options: StepOptions & CallOptions & { readonly count: number; readonly warmup?: number },
): TimeStep {
  const count = checkInteger(options.count, 1, limits.repeats, "time: count");
  const warmup = checkInteger(options.warmup ?? 0, 0, limits.repeats, "time: warmup");
  const timed = checkCall(options.nr, options.args ?? [], "time");
  const name = `time of ${nameOfCall(timed)}`;
  const own = common(options, name, [...CALL, "count", "warmup"]);
  return { kind: "time", call: timed, count, warmup, ...own };
}

/** Waits until `parties` threads or processes have come to this barrier. */
export function barrier(
  barrierNumber: number,
  parties: number,
  options: StepOptions = {},
): BarrierStep {
  const meeting = checkMeeting(barrierNumber, parties, "barrier");
  return { kind: "barrier", ...meeting, ...common(options, `barrier ${barrierNumber}`) };
}

/** The process executes the agent again and continues: what the kernel kept for the old image must be gone. */
export function exec(options: StepOptions = {}): ExecStep {
  return { kind: "exec", ...common(options, "exec") };
}

/** The process or thread ends here. */
export function exit(status = 0, options: StepOptions = {}): ExitStep {
  checkInteger(status, 0, 255, "exit: status");
  return { kind: "exit", status, ...common(options, `exit ${status}`) };
}

/** Waits until a thread of this process is gone from the kernel. */
export function join(threadName: string, options: StepOptions = {}): JoinStep {
  return { kind: "join", thread: threadName, ...common(options, `join ${threadName}`) };
}

/** Sends a signal, by number, to a named process, and waits for its end. Default 9, SIGKILL. */
export function kill(processName: string, signal = 9, options: StepOptions = {}): KillStep {
  checkInteger(signal, 1, 126, "kill: signal");
  const name = `kill ${processName} with ${signal}`;
  return { kind: "kill", process: processName, signal, ...common(options, name) };
}

export interface ForeignOptions extends StepOptions {
  readonly name: string;
  /** Which of the lines that match; each of those has to be as expected. Default `all`, shown with how often each came. */
  readonly take?: Take;
  /** Relations between the fields of a line, such as `settled_total == warm_floor`, that have to hold in each of them. */
  readonly where?: WhereInput;
}

/**
 * A row for the JSON lines of a user's own program; what is expected of them needs a name that people recognise.
 *
 * @throws LaneError `formula-invalid`, `step-option-unknown`
 * @example foreign({ kind: "zig-probe", data: { mode: "warm" } }, { name: "warm", take: "last", where: "settled_total == warm_floor" })
 */
export function foreign(match: ForeignMatch, options: ForeignOptions): ForeignStep {
  const { take, where } = options;
  const own = common(options, options.name, ["take", "where"]);
  refuseUnknown(match, ["kind", "status", "data"], own.name);
  if (take !== undefined && !["first", "last", "all"].includes(take)) {
    throw stepError("step-option-unknown", own.name, `take ${JSON.stringify(take)}`, [
      "first, last or all",
    ]);
  }
  return {
    kind: "foreign",
    match,
    ...own,
    ...(take === undefined ? {} : { take }),
    ...(where === undefined ? {} : { where: parseWhere(where, own.name) }),
  };
}

function checkMeeting(barrierNumber: number, parties: number, where: string) {
  checkInteger(barrierNumber, 0, limits.barriers - 1, `${where}: number`);
  checkInteger(parties, 1, limits.processes * limits.threadsPerProcess, `${where}: parties`);
  return { barrier: barrierNumber, parties };
}

function nameOfCall({ nr, args }: Call): string {
  return `syscall ${nr}(${args.map(nameOfArgument).join(", ")})`;
}

function nameOfArgument(argument: Argument): string {
  if (typeof argument !== "object") return argument.toString();
  if (argument.kind === "result") return `result of ${argument.of}`.slice(0, 24);
  const bytes = argument.kind === "buffer" ? argument : argument.of;
  return `${bytes.direction}[${bytes.lengthBytes}]`;
}
