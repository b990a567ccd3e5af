/**
 * Failures of tests show an error's code and hint. Vitest prints an error's name and message alone, and asks an error that has
 * `toJSON` how it is to be printed: in a process that imports `kernlane/vitest`, ours have it. Their `message` stays as it is.
 */
import { LaneError } from "../base/errors.js";

export interface ShownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code: string;
  readonly cause?: unknown;
}

/** @example shownError(error).message // "test.use: found the scope "x", expected … [use-scope-unknown]\nhint: …" */
export function shownError(error: LaneError): ShownError {
  const { name, code, hint, cause } = error;
  const [first = "", ...others] = error.message.split("\n");
  const lines = [`${first} [${code}]`, ...others, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  const message = lines.join("\n");
  const stack = (error.stack ?? "").replace(error.message, () => message);
  return { name, message, stack, code, ...(cause === undefined ? {} : { cause }) };
}

Object.defineProperty(LaneError.prototype, "toJSON", {
  configurable: true,
  value(this: LaneError) {
    return shownError(this);
  },
});
