/** A title is the same in the next run: with other addresses, numbers, processors, process ids and times. */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GuestFamily } from "../src/base/family.js";
import { openConsoleReader } from "../src/console/console-reader.js";
import { parseConsoleFile } from "./consoles/console-file.js";

/** What another run has otherwise, and the words around it that say what it is. */
const changing: readonly (readonly [RegExp, (next: (below: number) => number) => string])[] = [
  [/(?<![\w.])(?:0x)?(?=[a-f]{0,15}\d)[0-9a-f]{8}(?![\w.])/g, (next) => hex(next, 8)],
  [/(?<![\w.])(?:0x)?ffff[0-9a-f]{12}(?![\w.])/g, (next) => `ffff8${hex(next, 11)}`],
  [/(?<=\bPID: |\bpid[ :=] {0,4}|\btgid:|\btid |\bagent\/|\bagent:|\btask )\d+\b/g, number],
  [/(?<=\bCPU: |\bCPU#|\bcpu |\bcpuid = |\bcpu)\d+\b/g, (next) => String(next(64))],
  [/(?<=stuck for |age=|t=|jiffies=|size )\d+/g, number],
  [/(?<=\[ {0,6})\d+(?=\.\d{6}\])/g, (next) => String(next(9) + 1)],
];

function number(next: (below: number) => number): string {
  return String(next(90000) + 100);
}

function hex(next: (below: number) => number, digits: number): string {
  return Array.from({ length: digits }, (_, at) =>
    (at === 0 ? 1 + next(9) : next(16)).toString(16),
  ).join("");
}

/** A generator of numbers, the same for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function inAnotherRun(text: string, seed: number): string {
  const next = numbersFrom(seed);
  // One address is one address: what names it again names the same.
  const seen = new Map<string, string>();
  return changing.reduce(
    (changed, [pattern, make]) =>
      changed.replace(pattern, (old) => {
        const known = seen.get(old) ?? (old.startsWith("0x") ? `0x${make(next)}` : make(next));
        seen.set(old, known);
        return known;
      }),
    text,
  );
}

function titlesOf(family: GuestFamily, text: string): readonly string[] {
  const reader = openConsoleReader({ family });
  const events = [...reader.push(Buffer.from(text, "latin1")), ...reader.end()];
  return events.flatMap((event) => (event.type === "report" ? [event.title] : []));
}

for (const family of ["linux", "freebsd"] as const) {
  const folder = new URL(`consoles/${family}/`, import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  test.each(names)(`the titles of ${family}/%s are the same in another run`, (name) => {
    const text = parseConsoleFile(readFileSync(new URL(name, folder))).console.toString("latin1");
    const titles = titlesOf(family, text);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1 << 30 }), (seed) => {
        expect(titlesOf(family, inAnotherRun(text, seed))).toEqual(titles);
      }),
      { numRuns: 5 },
    );
  });
}
