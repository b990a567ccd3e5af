/**
 * What a guest is, said and died of, against what a test expects of it.
 */
import { startFairTimer } from "../host/fair-timer.js";
import { lineMatcher } from "../live/guest/guest-console.js";
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { ColumnRecord } from "../run/record.js";
import { expectDeath } from "./guest-of-test.js";
import { misused, type Match } from "./match-reply.js";
import { consoleNote, type FailureContext } from "./failure-context.js";

export interface WaitOptions {
  readonly timeoutMs?: number;
}

/** How a matcher was called: `.not` does not wait for what is not to come. */
export interface Calling {
  readonly isNot: boolean;
  readonly context: FailureContext;
}

const SAY_MS = 10_000;
/** A dying kernel is listened to until it has said its last words. */
const DIE_MS = 30_000;

/** By its ident (FreeBSD) or its release (Linux): the whole of it, what comes behind its last dash, or a pattern. */
export function matchBooted(
  received: unknown,
  ident: string | RegExp,
  context: FailureContext,
): Match {
  const { identity } = checkGuest(received, "toHaveBooted");
  const found = textIn(identity, "ident") || textIn(identity, "release");
  const pass =
    typeof ident === "string"
      ? found === ident || found.endsWith(`-${ident}`)
      : lineMatcher(ident)(found);
  const message = (): string =>
    [
      `expected the kernel ${pass ? "not " : ""}to be ${quoted(ident)}, found ${found} (${textIn(identity, "version")})`,
      ...consoleNote(context),
    ].join("\n");
  return { pass, message };
}

/** Of what was said since the test began; what is missing is waited for. */
export async function matchSaid(
  received: unknown,
  pattern: string | RegExp,
  { timeoutMs = SAY_MS }: WaitOptions,
  { isNot, context }: Calling,
): Promise<Match> {
  const guest = checkGuest(received, "toHaveSaid");
  const { console } = guest;
  const { firstLine } = context;
  const line = isNot
    ? console.linesFrom(firstLine).find(lineMatcher(pattern))
    : // It is not said in time, or the guest has ended without it.
      await console.waitFor(pattern, { timeoutMs, firstLine }).catch(() => undefined);
  const message = (): string =>
    [
      line === undefined
        ? `expected the console to say ${quoted(pattern)}, and it did not within ${timeoutMs} ms`
        : `expected the console not to say ${quoted(pattern)}, and it said: ${line}`,
      ...consoleNote(context),
    ].join("\n");
  return { pass: line !== undefined, message };
}

/** Waits for the guest's death. One that was asked for fails no test. */
export async function matchPanicked(
  received: unknown,
  title: string | RegExp | undefined,
  { timeoutMs = DIE_MS }: WaitOptions,
  { isNot, context }: Calling,
): Promise<Match> {
  const guest = checkGuest(received, "toHavePanicked");
  const record = isNot ? await deathNow(guest) : await within(timeoutMs, guest.ended);
  const isMet = title === undefined || (record !== undefined && lineMatcher(title)(record.title));
  const pass = record?.verdict === "panicked" && isMet;
  if (pass && !isNot) expectDeath(guest);
  const wanted = title === undefined ? "a panic" : `a panic ${quoted(title)}`;
  const message = (): string =>
    [
      `expected ${pass ? "no panic" : wanted}, saw ${record ? deathOf(record) : `the guest alive after ${timeoutMs} ms`}`,
      ...(record?.evidence ?? []),
      ...(record ? [] : consoleNote(context)),
    ].join("\n");
  return { pass, message };
}

function textIn(data: LiveGuest["identity"], field: string): string {
  const value = data[field];
  return typeof value === "string" ? value : "";
}

/** A guest that answers has not died. */
async function deathNow(guest: LiveGuest): Promise<ColumnRecord | undefined> {
  const answer = guest.sleep(0).then(
    () => undefined,
    () => guest.ended,
  );
  return Promise.race([answer, guest.ended]);
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | undefined> {
  let isLate: (none: undefined) => void = () => undefined;
  const late = new Promise<undefined>((resolve) => (isLate = resolve));
  const timer = startFairTimer(timeoutMs, () => isLate(undefined));
  return Promise.race([work, late]).finally(timer.stop);
}

function deathOf({ verdict, title }: ColumnRecord): string {
  return `${verdict ?? "trouble on the host"}: ${title}`;
}

function quoted(pattern: string | RegExp): string {
  return typeof pattern === "string" ? JSON.stringify(pattern) : String(pattern);
}

/** @throws LaneError `matcher-misused` (usage) */
function checkGuest(received: unknown, matcher: string): LiveGuest {
  const isGuest = typeof received === "object" && received !== null && "identity" in received;
  if (isGuest && "console" in received) return received as LiveGuest;
  throw misused(matcher, "a guest", received);
}
