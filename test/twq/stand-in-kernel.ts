/** Kernels without a machine: the model itself, and the model with the two deliberate mistakes of the twin's broken builds. */
import { OVERCOMMIT, shouldNarrowArgs, SHOULD_NARROW } from "../../lanes/twq/abi.js";
import { bytesOf, type TwqCall } from "../../lanes/twq/command.js";
import { startState, step, type TwqState, type TwqStep } from "../../lanes/twq/model.js";
import { addCounts, noCounts } from "../../lanes/twq/stats.js";
import type { TwqCommand } from "../../lanes/twq/command.js";
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

/** `break-teardown.config`: what ends while entered keeps its thread's record. */
export function stepWithoutTeardown(state: TwqState, command: TwqCommand): TwqStep {
  if (command.kind === "exit-thread") return { state, answer: undefined };
  const after = step(state, command);
  if (command.kind !== "exit" && command.kind !== "kill") return after;
  const kept = state.counters.thread_free - after.state.counters.thread_free;
  const counters = addCounts(after.state.counters, { thread_free: kept });
  return { ...after, state: { ...after.state, counters } };
}

/** `break-off-by-one.config`: SHOULD_NARROW counts one more than there run at the level and above. */
export function stepOffByOne(state: TwqState, command: TwqCommand): TwqStep {
  const after = step(state, command);
  if (command.kind !== "call" || after.answer !== 0 || !asksToNarrow(command)) return after;
  const record = state.records[command.process];
  const asked = structureOf(command);
  if (!record || !asked) return after;
  // With nobody waiting only that sum is looked at, so that one processor fewer is the same as one thread more.
  const calm = { ...record, pending: record.pending.map(() => 0) };
  const records = { ...state.records, [command.process]: calm };
  const { answer } = step({ ...state, width: state.width - 1, records }, command);
  return { ...after, answer };
}

function asksToNarrow({ op, forked }: TwqCall): boolean {
  return !forked && BigInt.asIntN(32, BigInt(op)) === BigInt(SHOULD_NARROW);
}

function structureOf({ arg2 }: TwqCall): bigint | undefined {
  if (typeof arg2 !== "object") return undefined;
  const { priority } = shouldNarrowArgs.decode(bytesOf(arg2));
  return (priority & BigInt(OVERCOMMIT)) === 0n ? priority : undefined;
}
