/** Kernels without a machine: the model itself, and the model with the two deliberate mistakes of the broken builds. */
import { SHOULD_NARROW, shouldNarrowArgs } from "../../lanes/twq/abi.js";
import { bytesOf, type TwqCall, type TwqCommand } from "../../lanes/twq/command.js";
import { startState, step, type TwqState, type TwqStep } from "../../lanes/twq/model.js";
import { parsePriority } from "../../lanes/twq/priority.js";
import { targetOf, totalIn } from "../../lanes/twq/records.js";
import { addCounts, noCounts } from "../../lanes/twq/stats.js";
import type { TwqKernel } from "./play.js";

type Step = (state: TwqState, command: TwqCommand) => TwqStep;

export function standInKernel(width: number, how: Step = step): TwqKernel {
  let state = startState({ width, counters: noCounts });
  return {
    perform(command) {
      const after = how(state, command);
      state = after.state;
      return Promise.resolve(after.answer);
    },
    stats: () => Promise.resolve({ width, counters: state.counters }),
  };
}

/** A missing teardown: a thread that ends keeps its record, though not one that a program or process leaves behind. */
export function stepWithoutTeardown(state: TwqState, command: TwqCommand): TwqStep {
  if (command.kind === "exit-thread") return { state, answer: undefined };
  const after = step(state, command);
  if (command.kind !== "exit" && command.kind !== "kill") return after;
  const kept =
    state.counters.thread_state_free_count - after.state.counters.thread_state_free_count;
  const counters = addCounts(after.state.counters, { thread_state_free_count: kept });
  return { ...after, state: { ...after.state, counters } };
}

/** Off by one: SHOULD_NARROW says yes to a bucket that has exactly its target. */
export function stepOffByOne(state: TwqState, command: TwqCommand): TwqStep {
  const after = step(state, command);
  const record = state.records[command.process];
  if (command.kind !== "call" || !record || !asksToNarrow(command)) return after;
  const priority = priorityOf(command);
  if (after.answer !== 0 || !priority) return after;
  const isFull = totalIn(record, priority.bucket) === targetOf(record, priority, state.width);
  return { ...after, answer: isFull ? 1 : 0 };
}

function asksToNarrow({ op, forked }: TwqCall): boolean {
  return !forked && BigInt.asIntN(32, BigInt(op)) === BigInt(SHOULD_NARROW);
}

function priorityOf({ arg2 }: TwqCall): ReturnType<typeof parsePriority> {
  if (typeof arg2 !== "object") return undefined;
  return parsePriority(shouldNarrowArgs.decode(bytesOf(arg2)).priority);
}
