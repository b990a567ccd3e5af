import { CommanderError } from "commander";
import { LaneError } from "../base/errors.js";
import { visible } from "../console/visible.js";
import { statusOfTrouble } from "./exit-status.js";

const USAGE_STATUS = 2;

/** Says what went wrong in one message, and gives the exit status. */
export function tell(error: unknown, debug: boolean): number {
  // Commander has said it already, or was asked for help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS;
  if (error instanceof LaneError) {
    process.stderr.write(`error[${error.code}]: ${shown(error.message)}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${shown(error.hint)}\n`);
    if (debug) process.stderr.write(`${stackOf(error)}\n`);
    return statusOfTrouble[error.who];
  }
  process.stderr.write(`error[bug]: ${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write(
    debug ? `${stackOf(error)}\n` : "hint: this is a defect of kernlane; --debug shows where\n",
  );
  return statusOfTrouble.bug;
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
