/**
 * Where a test made a call. A reply that never comes is noticed long after, in a timer or a stream; the error is to point to
 * the test all the same.
 */
import { join } from "node:path";
import type { LaneError } from "../../base/errors.js";
import { packageRoot } from "../../host/paths.js";

export interface CallSite {
  readonly stack: string;
}

/** Taken where the API is entered, before anything is awaited. */
export function callSite(): CallSite {
  const site = {};
  Error.captureStackTrace(site);
  return site as CallSite;
}

/** The built package, and the source of live guests. */
const own = [join(packageRoot(), "dist"), join(packageRoot(), "src", "live")];

/** The error with the stack of the call that it is about, down from whoever called into this folder. */
export function withCallerStack(site: CallSite, error: LaneError): LaneError {
  const frames = site.stack.split("\n").slice(1);
  const first = frames.findIndex((frame) => !own.some((folder) => frame.includes(folder)));
  const shown = first < 0 ? frames : frames.slice(first);
  error.stack = `${error.name}: ${error.message}\n${shown.join("\n")}`;
  return error;
}
