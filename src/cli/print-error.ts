/**
 * What went wrong, in one message on stderr; with `--json` also as one document on stdout (docs/error.schema.json).
 */
import { LaneError, messageOf } from "../base/errors.js";
import { visible } from "../console/visible.js";
import { withSystemErrors } from "../host/disk-errors.js";
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
  const error = withSystemErrors(thrown);
  if (error instanceof LaneError) return error;
  return new LaneError("bug", messageOf(thrown), { cause: thrown });
}

/** Names and words of a guest may be part of a message. */
function shown(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
