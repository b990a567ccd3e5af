/**
 * What a guest is, said and died of, against what a test expects of it.
 */
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { ColumnRecord } from "../run/record.js";
import { expectDeath } from "./handed.js";
import { misused, type Match } from "./match-reply.js";
import { consoleNote, type Moment } from "./moment.js";

export interface WaitOptions {
  readonly timeoutMs?: number;
}

/** How a matcher was called: `.not` does not wait for what is not to come. */
export interface Calling {
  readonly isNot: boolean;
  readonly moment: Moment;
}

const SAY_MS = 10_000;
/** A dying kernel is listened to until it has said its last words. */
const DIE_MS = 30_000;

/** By its ident (FreeBSD) or its release (Linux): the whole of it, what comes behind its last dash, or a pattern. */
export function matchBooted(received: unknown, ident: string | RegExp, moment: Moment): Match {
  const { identity } = checkGuest(received, "toHaveBooted");
  const found = textIn(identity, "ident") || textIn(identity, "release");
  const pass =
    typeof ident === "string"
      ? found === ident || found.endsWith(`-${ident}`)
      : matches(ident, found);
  const message = (): string =>
    [
      `expected the kernel ${pass ? "not " : ""}to be ${quoted(ident)}, found ${found} (${textIn(identity, "version")})`,
      ...consoleNote(moment),
    ].join("\n");
  return { pass, message };
}

/** Of what was said since the test began; what is missing is waited for. */
export async function matchSaid(
  received: unknown,
  pattern: string | RegExp,
  { timeoutMs = SAY_MS }: WaitOptions,
  { isNot, moment }: Calling,
): Promise<Match> {
  const guest = checkGuest(received, "toHaveSaid");
  const said = (): string | undefined =>
    guest.console.linesFrom(moment.firstLine).find((line) => matches(pattern, line));
  if (!isNot) await waitUntilSaid(guest, pattern, timeoutMs, said);
  const line = said();
  const message = (): string =>
    [
      line === undefined
        ? `expected the console to say ${quoted(pattern)}, and it did not within ${timeoutMs} ms`
        : `expected the console not to say ${quoted(pattern)}, and it said: ${line}`,
      ...consoleNote(moment),
    ].join("\n");
  return { pass: line !== undefined, message };
}

/** Waits for the guest's death. One that was asked for fails no test. */
export async function matchPanicked(
  received: unknown,
  title: string | RegExp | undefined,
  { timeoutMs = DIE_MS }: WaitOptions,
  { isNot, moment }: Calling,
): Promise<Match> {
  const guest = checkGuest(received, "toHavePanicked");
  const record = isNot ? await deathNow(guest) : await within(timeoutMs, guest.ended);
  const isMet = title === undefined || (record !== undefined && matches(title, record.title));
  const pass = record?.verdict === "panicked" && isMet;
  if (pass && !isNot) expectDeath(guest);
  const wanted = title === undefined ? "a panic" : `a panic ${quoted(title)}`;
  const message = (): string =>
    [
      `expected ${pass ? "no panic" : wanted}, saw ${record ? deathOf(record) : `the guest alive after ${timeoutMs} ms`}`,
      ...(record?.evidence ?? []),
      ...(record ? [] : consoleNote(moment)),
    ].join("\n");
  return { pass, message };
}

function textIn(data: LiveGuest["identity"], field: string): string {
  const value = data[field];
  return typeof value === "string" ? value : "";
}

/** Each line that was waited for is past: an earlier test's may come first. */
async function waitUntilSaid(
  guest: LiveGuest,
  pattern: string | RegExp,
  timeoutMs: number,
  said: () => string | undefined,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  try {
    while (said() === undefined) {
      await guest.console.waitFor(pattern, { timeoutMs: Math.max(0, endMs - performance.now()) });
    }
  } catch {
    // It was not said, or the guest has ended: what is there now is the answer.
  }
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
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function deathOf({ verdict, title }: ColumnRecord): string {
  return `${verdict ?? "trouble on the host"}: ${title}`;
}

function matches(pattern: string | RegExp, text: string): boolean {
  if (typeof pattern === "string") return text.includes(pattern);
  // A sticky or global pattern would remember where it stopped.
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).test(text);
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
