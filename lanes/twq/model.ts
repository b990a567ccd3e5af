/**
 * A reference model of the stateful contract (kernel/linux/README.md): what `twq_kernreturn` answers in every state, what it
 * counts, and when state ends. It is pure, so that a random sequence of commands can be run against it and a kernel side by side.
 * One model serves every kernel: how many processors there are is part of the state that it starts from.
 *
 * What it does not say: a call that is passed a structure shorter than the one that its operation reads, since what lies
 * behind it in the caller's memory is nobody's promise; and ENOMEM.
 *
 * @example
 * const { state, answer } = step(startState({ width: 2, counters: noCounts }), {
 *   kind: "call", process: "a", thread: "main", forked: false,
 *   op: INIT, arg2: { structure: "initArgs", value: { version: SPI_VERSION } }, arg3: initArgs.size, arg4: 0,
 * }); // answer 17, and the process a is initialised
 */
import type { TwqCall, TwqCommand } from "./command.js";
import { perform, type TwqErrno } from "./operations.js";
import { currentCounts, withoutThread, type ProcessRecord } from "./records.js";
import {
  addCounts,
  type TwqCounter,
  type TwqCounters,
  type TwqCounts,
  type TwqStats,
} from "./stats.js";

export interface TwqState extends TwqStats {
  /** Of the processes that are initialised, by name. */
  readonly records: Readonly<Record<string, ProcessRecord>>;
}

/** The return value, or the name of the errno; undefined for a command that is no call. */
export type TwqAnswer = number | TwqErrno | undefined;

export interface TwqStep {
  readonly state: TwqState;
  readonly answer: TwqAnswer;
}

/** @param stats what the kernel's counters say before the first command */
export function startState(stats: TwqStats): TwqState {
  return { ...stats, records: {} };
}

/** The state after a command, and its answer. */
export function step(state: TwqState, command: TwqCommand): TwqStep {
  switch (command.kind) {
    case "call":
      return command.forked ? callInChild(state, command) : call(state, command);
    case "exit-thread":
      return { state: dropThread(state, command.process, command.thread), answer: undefined };
    case "exec":
    case "exit":
    case "kill":
      return { state: dropProcess(state, command.process), answer: undefined };
  }
}

/** The state after all of them, and their answers. */
export function runModel(
  start: TwqState,
  commands: readonly TwqCommand[],
): { readonly state: TwqState; readonly answers: readonly TwqAnswer[] } {
  let state = start;
  const answers: TwqAnswer[] = [];
  for (const command of commands) {
    const after = step(state, command);
    state = after.state;
    answers.push(after.answer);
  }
  return { state, answers };
}

/** How many records of each kind were made and not dropped: 0 of both when no process is left. */
export function liveRecords(counters: TwqCounters): { processes: number; threads: number } {
  return {
    processes: counters.proc_alloc_count - counters.proc_free_count,
    threads: counters.thread_state_alloc_count - counters.thread_state_free_count,
  };
}

function call(state: TwqState, command: TwqCall): TwqStep {
  const { process, thread } = command;
  const caller = { record: state.records[process], thread, width: state.width };
  const { answer, record, counts = {} } = perform(command, caller);
  const records = record ? { ...state.records, [process]: record } : state.records;
  return { state: change(state, records, counts), answer };
}

/** The child is a new process without state, and its end takes with it what the call left. */
function callInChild(state: TwqState, command: TwqCall): TwqStep {
  // No process has an empty name.
  const after = call(state, { ...command, process: "", thread: "main" });
  return { ...after, state: dropProcess(after.state, "") };
}

function dropThread(state: TwqState, process: string, thread: string): TwqState {
  const record = state.records[process];
  if (!record || !(thread in record.threads)) return state;
  const records = { ...state.records, [process]: withoutThread(record, thread) };
  return change(state, records, { thread_state_free_count: 1 });
}

/** All state of a process goes at once: with its last thread, or when it executes a program. */
function dropProcess(state: TwqState, process: string): TwqState {
  const { [process]: record, ...records } = state.records;
  if (!record) return state;
  const threads = Object.keys(record.threads).length;
  return change(state, records, { proc_free_count: 1, thread_state_free_count: threads });
}

/** Other records, and the counters that follow from them. */
function change(state: TwqState, records: TwqState["records"], counts: TwqCounts): TwqState {
  const before = currentCounts(Object.values(state.records));
  const now = currentCounts(Object.values(records));
  const without = addCounts(addCounts(state.counters, counts), negated(before));
  return { ...state, records, counters: addCounts(without, now) };
}

function negated(counts: TwqCounts): TwqCounts {
  const names = Object.keys(counts) as TwqCounter[];
  return Object.fromEntries(names.map((name) => [name, -counts[name]!]));
}
