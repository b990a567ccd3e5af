/** Whatever a guest prints: reading never throws, stays within its bounds, and does not hang (a hang is this test's time-out). */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openConsoleReader } from "../src/console/console-reader.js";
import type { ReportEvent } from "../src/console/events.js";
import { freebsdMarks } from "../src/console/marks-freebsd.js";
import { linuxMarks } from "../src/console/marks-linux.js";
import { parseFrame } from "../src/console/stack.js";
import { parseConsoleFile } from "./consoles/console-file.js";

const families = ["linux", "freebsd"] as const;

const corpus = families.flatMap((family) => {
  const folder = new URL(`consoles/${family}/`, import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  return names.map((name) => parseConsoleFile(readFileSync(new URL(name, folder))).console);
});

function reportsOf(family: (typeof families)[number], bytes: Uint8Array): readonly ReportEvent[] {
  const reader = openConsoleReader({ family });
  const events = [...reader.push(bytes), ...reader.idle(), ...reader.end()];
  return events.filter((event): event is ReportEvent => event.type === "report");
}

function expectBounded(bytes: Uint8Array): void {
  for (const family of families)
    for (const report of reportsOf(family, bytes)) {
      expect(report.title.length).toBeLessThanOrEqual(200);
      expect(report.evidence.length).toBeLessThanOrEqual(401);
      expect(report.frames.length).toBeLessThanOrEqual(65);
      expect(report.endOffsetBytes).toBeLessThanOrEqual(bytes.length);
    }
}

test("random bytes are read", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 4000 }), expectBounded), { numRuns: 50 });
});

/** A console in which pieces were overwritten, left out or printed again. */
const mutated = fc
  .tuple(
    fc.constantFrom(...corpus),
    fc.array(fc.tuple(fc.nat(20000), fc.nat(200), fc.uint8Array({ maxLength: 12 }), fc.boolean()), {
      maxLength: 8,
    }),
  )
  .map(([bytes, changes]) =>
    changes.reduce((changed, [at, length, put, again]) => {
      const from = at % (changed.length + 1);
      const rest = changed.subarray(again ? Math.max(0, from - length) : from + length);
      return Buffer.concat([changed.subarray(0, from), put, rest]);
    }, bytes),
  );

test("damaged consoles are read", () => {
  fc.assert(fc.property(mutated, expectBounded), { numRuns: 80 });
});

/** Every pattern that a table consists of. */
function patternsIn(value: unknown, found: Map<string, RegExp>): Map<string, RegExp> {
  if (value instanceof RegExp) found.set(value.source, new RegExp(value.source));
  else if (typeof value === "object" && value !== null)
    for (const inner of Object.values(value)) patternsIn(inner, found);
  return found;
}

const longestLine = 8192;

/** The beginning of a text that nearly matches, and a piece of it until the line is full: what makes a pattern try again and again. */
function* nastyLines(sample: string): Generator<string> {
  for (const length of [1, 2, 5, 20])
    for (let at = 0; at < sample.length; at += 1 + Math.floor(sample.length / 6)) {
      const piece = sample.slice(at, at + length);
      const line = sample.slice(0, at) + piece.repeat(Math.ceil(longestLine / piece.length));
      yield `${line.slice(0, longestLine - 1)}\u0001`;
    }
}

/** fast-check makes texts for patterns without lookarounds. */
function samplesOf(pattern: RegExp): readonly string[] {
  const plain = pattern.source
    .replace(/\(\?<?[=!](?:[^()]|\([^()]*\))*\)/g, "")
    .replace(/\\b/g, "");
  return fc.sample(fc.stringMatching(new RegExp(plain)), { numRuns: 2, seed: 1 });
}

test.each([
  ["linux", linuxMarks],
  ["freebsd", freebsdMarks],
])("no pattern of the table of %s is slow on lines that nearly match", (_, table) => {
  for (const pattern of patternsIn(table, new Map()).values())
    for (const sample of samplesOf(pattern))
      for (const line of nastyLines(sample)) {
        pattern.test(line);
        parseFrame(line);
      }
});
