/**
 * What went wrong, in one message on stderr; with `--json` also as one document on stdout (docs/error.schema.json).
 */
import { LaneError, systemCodeOf, messageOf } from "../base/errors.js";
import { visible } from "../console/visible.js";
import { statusOfTrouble } from "./exit-status.js";
import { printJson } from "./output.js";

export interface ErrorOptions {
  /** Whether a document is wanted. */
  readonly json: boolean;
  /** Whether the stack is wanted. */
  readonly debug: boolean;
}

/** @returns the exit status */
export function printError(thrown: unknown, { json, debug }: ErrorOptions): number {
  const error = asLaneError(thrown);
  const { code, who, message, hint } = error;
  const exitStatus = statusOfTrouble[who];
  process.stderr.write(`error[${code}]: ${shown(message)}\n`);
  if (hint !== undefined) process.stderr.write(`hint: ${shown(hint)}\n`);
  if (debug) process.stderr.write(`${stackOf(thrown)}\n`);
  if (json) printJson({ error: { code, who, message, hint: hint ?? null }, exitStatus });
  return exitStatus;
}

/** Of a command that a signal ended before it had anything to say. */
export function printInterruption(signal: string, exitStatus: number): void {
  const message = `ended by ${signal}`;
  printJson({ error: { code: "interrupted", who: "usage", message, hint: null }, exitStatus });
}

function asLaneError(thrown: unknown): LaneError {
  if (thrown instanceof LaneError) return thrown;
  const code = systemCodeOf(thrown);
  if (code !== undefined && HOST_TROUBLE.has(code))
    return new LaneError("system-refused", messageOf(thrown), { cause: thrown });
  return new LaneError("bug", messageOf(thrown), { cause: thrown });
}

/** What the operating system refuses for reasons of its own, wherever it is met: permissions, space, limits, a bad disk. */
const HOST_TROUBLE = new Set(
  "EACCES EPERM EROFS ENOSPC EDQUOT EMFILE ENFILE ENOMEM EAGAIN EIO EBUSY ELOOP ENAMETOOLONG ENOTDIR EFBIG".split(
    " ",
  ),
);

/** Names and words of a guest may be part of a message. */
function shown(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
