import type { ErrorKind } from "./error-kind.js";

export const probesErrors = {
  "step-too-many-arguments": { who: "usage", when: "a call that cannot be made as it was written" },
  "step-number-out-of-range": {
    who: "usage",
    when: "a call that cannot be made as it was written",
  },
  "step-buffer-too-large": { who: "usage", when: "a call that cannot be made as it was written" },
  "step-bytes-invalid": { who: "usage", when: "a call that cannot be made as it was written" },
  "step-name-invalid": { who: "usage", when: "a name, path or list of a step" },
  "step-path-invalid": { who: "usage", when: "a name, path or list of a step" },
  "step-empty": { who: "usage", when: "a name, path or list of a step" },
  "step-line-too-long": { who: "usage", when: "a name, path or list of a step" },
  "step-misplaced": { who: "usage", when: "a step where it cannot be, or that refers to nothing" },
  "step-context-invalid": {
    who: "usage",
    when: "a step where it cannot be, or that refers to nothing",
  },
  "step-parallel-twice": {
    who: "usage",
    when: "a step where it cannot be, or that refers to nothing",
  },
  "step-result-unknown": {
    who: "usage",
    when: "a step where it cannot be, or that refers to nothing",
  },
  "unknown-outcome-name": {
    who: "usage",
    when: "an expectation names an errno or signal that no guest has, or nothing",
  },
  "empty-expectation": {
    who: "usage",
    when: "an expectation names an errno or signal that no guest has, or nothing",
    hint: 'write an errno or signal name, a return value, a pattern, or a list of them; or leave "expect" out',
  },
  "plan-header-invalid": { who: "bug", when: "the agent's plan would have been wrong" },
} as const satisfies Readonly<Record<string, ErrorKind>>;
