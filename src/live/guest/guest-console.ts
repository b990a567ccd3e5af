/**
 * The console of a live guest, as a person would see it.
 */
import { LaneError } from "../../base/errors.js";
import { startFairTimer, type FairTimer } from "../../host/fair-timer.js";
import { callSite, withCallerStack, type CallSite } from "../session/call-site.js";

export interface GuestConsole {
  /** How many lines there have been. */
  readonly lineCount: number;
  /** Lines from the given number on (0 is the first), as far as they are kept: the last 10,000. */
  linesFrom(first: number): readonly string[];
  /** The last lines. Default 24. */
  tail(maxLines?: number): readonly string[];
  /** Everything that is kept, with line breaks. */
  text(): string;
  /**
   * Waits for a line that holds this text or matches this pattern. It looks at the lines that came since the last one that was
   * found by any wait, at first since the guest was handed over, so that what was said during a call is not missed. Waits at
   * the same time know nothing of each other: one line can end several.
   *
   * @param options.timeoutMs default 10 000
   * @param options.firstLine looks at the lines from this number on instead, and moves no other wait's beginning
   * @returns the line
   * @throws LaneError `console-timeout` (usage) with the console's tail; `guest-ended` (usage) when the guest ends without it
   * @example await guest.console.waitFor(/WARNING: .* at .*twq/)
   */
  waitFor(pattern: string | RegExp, options?: WaitForOptions): Promise<string>;
}

interface WaitForOptions {
  readonly timeoutMs?: number;
  readonly firstLine?: number;
}

/** Its other side: what the machine's watcher has to say. */
export interface ConsoleFeed {
  readonly console: GuestConsole;
  readonly line: (text: string) => void;
  /** What was said so far is not waited for. */
  readonly begin: () => void;
  readonly end: (error: (name: string) => LaneError) => void;
}

interface Waiter {
  readonly name: string;
  readonly site: CallSite;
  readonly isMet: (line: string) => boolean;
  /** Whether the next wait begins behind its line. */
  readonly moves: boolean;
  readonly resolve: (line: string) => void;
  readonly reject: (error: LaneError) => void;
  readonly timer: FairTimer;
}

const KEPT_LINES = 10_000;

export function openGuestConsole(): ConsoleFeed {
  let lines: string[] = [];
  let dropped = 0;
  /** Behind the last line that was found. */
  let cursor = 0;
  let ended: ((name: string) => LaneError) | undefined;
  const waiters = new Set<Waiter>();

  const linesFrom = (first: number): readonly string[] => lines.slice(Math.max(0, first - dropped));
  const tail = (maxLines = 24): readonly string[] => lines.slice(-maxLines);

  function waitFor(
    pattern: string | RegExp,
    { timeoutMs = 10_000, firstLine }: WaitForOptions = {},
  ): Promise<string> {
    const site = callSite();
    const name = nameOf(pattern);
    const isMet = lineMatcher(pattern);
    const first = Math.max(firstLine ?? cursor, dropped);
    const said = linesFrom(first).findIndex(isMet);
    if (said >= 0) {
      if (firstLine === undefined) cursor = first + said + 1;
      return Promise.resolve(lines[first + said - dropped]!);
    }
    if (ended) return Promise.reject(withCallerStack(site, ended(name)));
    return new Promise((resolve, reject) => {
      const timer = startFairTimer(timeoutMs, () => {
        waiters.delete(waiter);
        reject(withCallerStack(site, timedOut(name, timeoutMs, tail())));
      });
      const moves = firstLine === undefined;
      const waiter: Waiter = { name, site, isMet, moves, resolve, reject, timer };
      waiters.add(waiter);
    });
  }

  /** Every line is shown to every waiter once. */
  function show(line: string): void {
    for (const waiter of waiters) {
      if (!waiter.isMet(line)) continue;
      if (waiter.moves) cursor = dropped + lines.length;
      waiter.timer.stop();
      waiters.delete(waiter);
      waiter.resolve(line);
    }
  }

  return {
    console: {
      get lineCount() {
        return dropped + lines.length;
      },
      linesFrom,
      tail,
      text: () => lines.map((line) => `${line}\n`).join(""),
      waitFor,
    },
    line(text) {
      lines.push(text);
      if (lines.length >= 2 * KEPT_LINES) {
        dropped += lines.length - KEPT_LINES;
        lines = lines.slice(-KEPT_LINES);
      }
      show(text);
    },
    begin: () => (cursor = dropped + lines.length),
    end(error) {
      ended = error;
      for (const { name, site, reject, timer } of waiters) {
        timer.stop();
        reject(withCallerStack(site, error(name)));
      }
      waiters.clear();
    },
  };
}

/** @returns whether a line holds the text or matches the pattern. A sticky or global one would remember where it stopped. */
export function lineMatcher(pattern: string | RegExp): (line: string) => boolean {
  if (typeof pattern === "string") return (line) => line.includes(pattern);
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return (line) => stateless.test(line);
}

function nameOf(pattern: string | RegExp): string {
  return `console.waitFor(${typeof pattern === "string" ? JSON.stringify(pattern) : String(pattern)})`;
}

function timedOut(name: string, timeoutMs: number, tail: readonly string[]): LaneError {
  const said = tail.length === 0 ? ["<no console output>"] : tail;
  return new LaneError(
    "console-timeout",
    [
      `${name}: no such line within ${timeoutMs} ms; the console's last lines:`,
      ...said.map((line) => `  ${line}`),
    ].join("\n"),
    { facts: { timeoutMs } },
  );
}
