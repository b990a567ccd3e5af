/**
 * What a failure shows besides what was expected: the console of that test.
 */
import { visible } from "../console/visible.js";
import type { GuestFamily } from "../base/family.js";
import type { GuestConsole } from "../live/guest/guest-console.js";
import type { GuestOfTest } from "./guest-of-test.js";

const SHOWN_LINES = 20;
/** Of those that are from before the test. */
const EARLIER_LINES = 6;

/** What a matcher knows beside the value that it looks at. */
export interface FailureContext {
  /** Undefined outside of a test that has a guest. */
  readonly family: GuestFamily | undefined;
  readonly console: GuestConsole | undefined;
  readonly firstLine: number;
}

export function failureContextOf(given: GuestOfTest | undefined): FailureContext {
  return {
    family: given?.guest.plan.guest,
    console: given?.guest.console,
    firstLine: given?.firstLine ?? 0,
  };
}

/** What the console said since the test began, else its last lines; with a blank line before it. */
export function consoleNote({ console, firstLine }: FailureContext): readonly string[] {
  if (!console) return [];
  const during = console.linesFrom(firstLine);
  if (during.length > 0) return ["", ...headed("the console during this test:", during)];
  const before = console.tail(EARLIER_LINES);
  if (before.length === 0) return ["", "the console has said nothing"];
  return ["", ...headed("the console said nothing during this test; its last lines:", before)];
}

function headed(header: string, lines: readonly string[]): readonly string[] {
  const shown = lines.slice(-SHOWN_LINES).map((line) => `  ${visible(line)}`);
  const omitted = lines.length - shown.length;
  return [header, ...(omitted > 0 ? [`  … ${omitted} lines before these`] : []), ...shown];
}
