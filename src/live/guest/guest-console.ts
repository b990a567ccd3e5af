/**
 * The console of a live guest, as a person would see it.
 */
import { LaneError } from "../../base/errors.js";
import { withCallerStack, callSite, type CallSite } from "../session/call-site.js";

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
   * Waits for a line that holds this text or matches this pattern. Looks at the lines that came since the last one that was
   * waited for, and first of all since the agent's first word, so that what was said during a call is not missed.
   *
   * @param options.timeoutMs default 10 000
   * @returns the line
   * @throws LaneError `console-timeout` (usage) with the console's tail; `guest-ended` (usage) when the guest ends without it
   * @example await guest.console.waitFor(/WARNING: .* at .*twq/)
   */
  waitFor(pattern: string | RegExp, options?: { readonly timeoutMs?: number }): Promise<string>;
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
  readonly pattern: string | RegExp;
  readonly site: CallSite;
  readonly resolve: (line: string) => void;
  readonly reject: (error: LaneError) => void;
  readonly timer: NodeJS.Timeout;
}

const KEPT_LINES = 10_000;

export function openGuestConsole(): ConsoleFeed {
  let lines: string[] = [];
  let dropped = 0;
  let cursor = 0;
  let ended: ((name: string) => LaneError) | undefined;
  const waiters: Waiter[] = [];

  const linesFrom = (first: number): readonly string[] => lines.slice(Math.max(0, first - dropped));
  const tail = (maxLines = 24): readonly string[] => lines.slice(-maxLines);

  /** Waiters take their lines in the order in which they came. */
  function serve(): void {
    while (waiters[0]) {
      const { pattern, resolve, timer } = waiters[0];
      const found = linesFrom(cursor).findIndex((line) => matches(pattern, line));
      if (found < 0) return;
      cursor = Math.max(cursor, dropped) + found + 1;
      clearTimeout(timer);
      waiters.shift();
      resolve(lines[cursor - dropped - 1]!);
    }
  }

  function waitFor(
    pattern: string | RegExp,
    { timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<string> {
    const site = callSite();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiters.splice(waiters.indexOf(waiter), 1);
        reject(withCallerStack(site, timedOut(pattern, timeoutMs, tail())));
        serve();
      }, timeoutMs);
      const waiter: Waiter = { pattern, site, resolve, reject, timer };
      waiters.push(waiter);
      serve();
      if (ended) refuseAll(ended);
    });
  }

  function refuseAll(error: (name: string) => LaneError): void {
    for (const { pattern, site, reject, timer } of waiters.splice(0)) {
      clearTimeout(timer);
      reject(withCallerStack(site, error(nameOf(pattern))));
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
      serve();
    },
    begin: () => (cursor = dropped + lines.length),
    end(error) {
      ended = error;
      refuseAll(error);
    },
  };
}

function matches(pattern: string | RegExp, line: string): boolean {
  if (typeof pattern === "string") return line.includes(pattern);
  // A sticky or global pattern would remember where it stopped.
  return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).test(line);
}

function nameOf(pattern: string | RegExp): string {
  return `console.waitFor(${typeof pattern === "string" ? JSON.stringify(pattern) : String(pattern)})`;
}

function timedOut(pattern: string | RegExp, timeoutMs: number, tail: readonly string[]): LaneError {
  const said = tail.length === 0 ? ["<no console output>"] : tail;
  return new LaneError(
    "console-timeout",
    [
      `${nameOf(pattern)}: no such line within ${timeoutMs} ms; the console's last lines:`,
      ...said.map((line) => `  ${line}`),
    ].join("\n"),
    { facts: { timeoutMs } },
  );
}
