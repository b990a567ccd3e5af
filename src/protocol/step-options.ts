import { parseExpectation, type ExpectationInput } from "./expectation.js";
import { limits } from "./limits.js";
import { checkInteger, checkName } from "./step-check.js";
import type { Step } from "./step.js";

/** What every step may say of itself. Unless given, the name is made of what the step does. */
export interface StepOptions {
  readonly name?: string;
  readonly deadlineMs?: number;
  readonly expect?: ExpectationInput;
}

/** What a builder adds to its own fields. */
export function common(
  { name = "", deadlineMs, expect }: StepOptions,
  defaultName: string,
): Pick<Step, "name" | "deadlineMs" | "expect"> {
  const shown = checkName(name === "" ? defaultName : name, name === "" ? "step" : "name");
  return {
    name: shown,
    ...(deadlineMs === undefined
      ? {}
      : { deadlineMs: checkInteger(deadlineMs, 1, limits.deadlineMs, `${shown}: deadlineMs`) }),
    ...(expect === undefined ? {} : { expect: parseExpectation(expect, shown) }),
  };
}
