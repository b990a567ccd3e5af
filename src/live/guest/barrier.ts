/**
 * Places where threads and processes of the guest meet.
 */
import { LaneError } from "../../base/errors.js";
import { limits } from "../../protocol/limits.js";
import { checkInteger } from "../../protocol/step-check.js";
import { meet } from "../../protocol/steps.js";
import type { BatchEntry } from "../../protocol/step.js";

export interface Barrier extends Disposable {
  /** The agent's number for it. */
  readonly number: number;
  /** How many meet at it. It can be used again. */
  readonly parties: number;
  /** As an entry of a batch: the calls behind it begin together with those of the others. */
  readonly entry: BatchEntry;
}

/** @returns makes barriers; each has a number of its own until it is disposed of */
export function openBarriers(): (parties: number) => Barrier {
  const taken = new Set<number>();
  return (parties) => {
    checkInteger(parties, 1, limits.processes * limits.threadsPerProcess, "barrier: parties");
    const number = Array.from({ length: limits.barriers }, (_, at) => at).find(
      (at) => !taken.has(at),
    );
    if (number === undefined) {
      throw new LaneError(
        "barriers-exhausted",
        `barrier: found ${limits.barriers} of them in use, and the agent has no more`,
      );
    }
    taken.add(number);
    return {
      number,
      parties,
      entry: meet(number, parties),
      [Symbol.dispose]: () => void taken.delete(number),
    };
  };
}
