import type { ErrorKind } from "./error-kind.js";

export const probesErrors = {
  "step-too-many-arguments": {
    who: "usage",
    when: "a system call has more arguments than a kernel takes",
  },
  "step-number-out-of-range": {
    who: "usage",
    when: "a number of a step does not fit where it goes",
  },
  "step-buffer-too-large": {
    who: "usage",
    when: "a buffer of a step is larger than the agent can hold",
  },
  "step-bytes-invalid": {
    who: "usage",
    when: "bytes were given as text that is not hexadecimal or not in a buffer, or a program's arguments are no list of texts without zero bytes",
  },
  "step-name-invalid": {
    who: "usage",
    when: "the name of a step is empty, too long or has control characters",
  },
  "step-option-unknown": {
    who: "usage",
    when: "a step has an option that it does not take, such as a mistyped `expect`",
  },
  "step-path-invalid": { who: "usage", when: "a path of a step is not absolute or too long" },
  "step-empty": { who: "usage", when: "a step that holds other steps holds none" },
  "step-line-too-long": {
    who: "usage",
    when: "a step is longer than one line of the agent's plan may be",
  },
  "plan-too-long": {
    who: "usage",
    when: "the steps of a lane together are longer than the agent's plan may be",
  },
  "step-misplaced": {
    who: "usage",
    when: "a step stands where it cannot, such as a power-off inside a thread",
  },
  "step-context-invalid": {
    who: "usage",
    when: "the name of a process or thread has a character that it cannot have",
  },
  "step-parallel-twice": {
    who: "usage",
    when: "one process or thread has steps in two branches of a `parallel`",
  },
  "step-result-unknown": {
    who: "usage",
    when: "a step uses the result of a step that does not come before it",
  },
  "unknown-outcome-name": {
    who: "usage",
    when: "an expectation names an errno or signal that neither Linux nor FreeBSD has",
  },
  "empty-expectation": {
    who: "usage",
    when: "an expectation is empty, and could never be met",
    hint: 'write an errno or signal name, a return value, a pattern, or a list of them; or leave "expect" out',
  },
  "formula-invalid": {
    who: "usage",
    when: "what is expected of counters, or of the fields of a line, is no relation such as `>= 1` or `a == b`",
  },
  "plan-header-invalid": { who: "bug", when: "the head of the agent's plan would be wrong" },
} as const satisfies Readonly<Record<string, ErrorKind>>;
