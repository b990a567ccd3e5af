/**
 * Where a test made a call. A reply that never comes is noticed long after, in a timer or a stream; the error is to point to
 * the test all the same.
 */
import type { LaneError } from "../base/errors.js";

export interface CallSite {
  readonly stack: string;
}

/** @param below the function whose callers are wanted: it and what it calls are left out */
export function callSite(below: (...args: never[]) => unknown): CallSite {
  const site = {};
  Error.captureStackTrace(site, below);
  return site as CallSite;
}

/** The error with the stack of the call that it is about. */
export function at(site: CallSite, error: LaneError): LaneError {
  const frames = site.stack.split("\n").slice(1).join("\n");
  error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}
