import { nearestName } from "../base/nearest.js";
import { parseExpectation, type ExpectationInput } from "./expectation.js";
import { limits } from "./limits.js";
import { checkInteger, checkName, stepError } from "./step-check.js";
import type { Step } from "./step.js";

/** What every step may say of itself. Unless given, the name is made of what the step does. */
export interface StepOptions {
  readonly name?: string;
  readonly deadlineMs?: number;
  readonly expect?: ExpectationInput;
}

/** Of steps that hold steps: what is expected is said of those. */
export type BlockOptions = Pick<StepOptions, "name">;

const COMMON = ["name", "deadlineMs", "expect"];

/**
 * What a builder adds to its own fields.
 *
 * @param own names of the options that the builder takes besides
 * @throws LaneError `step-option-unknown`, `step-name-invalid`, `step-number-out-of-range`, `unknown-outcome-name`
 */
export function common(
  options: StepOptions,
  defaultName: string,
  own: readonly string[] = [],
): Pick<Step, "name" | "deadlineMs" | "expect"> {
  const { deadlineMs, expect } = options;
  const name = nameOf(options, defaultName);
  refuseUnknown(options, [...COMMON, ...own], name);
  return {
    name,
    ...(deadlineMs === undefined
      ? {}
      : { deadlineMs: checkInteger(deadlineMs, 1, limits.deadlineMs, `${name}: deadlineMs`) }),
    ...(expect === undefined ? {} : { expect: parseExpectation(expect, name) }),
  };
}

/** As {@link common}, of a step that holds steps. */
export function commonOfBlock(options: BlockOptions, defaultName: string): Pick<Step, "name"> {
  const name = nameOf(options, defaultName);
  refuseUnknown(options, ["name"], name);
  return { name };
}

/**
 * A config is run without its types: a mistyped `expect` would leave the step untested.
 *
 * @throws LaneError `step-option-unknown`
 */
export function refuseUnknown(options: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
  throw stepError("step-option-unknown", where, `the option ${unknown}`, [
    `one of ${known.join(", ")}`,
    hint,
  ]);
}

function nameOf({ name = "" }: BlockOptions, defaultName: string): string {
  return checkName(name === "" ? defaultName : name, name === "" ? "step" : "name");
}
