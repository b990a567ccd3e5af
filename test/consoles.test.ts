import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { GuestFamily } from "../src/base/family.js";
import { openConsoleReader } from "../src/console/console-reader.js";
import type { ConsoleEvent, MarkEvent, ReportEvent } from "../src/console/events.js";
import { parseConsoleFile, type ConsoleFile } from "./consoles/console-file.js";

/** What a run can amount to. */
const verdicts =
  "passed failed wrong-kernel boot-failed panicked rebooted hung incomplete lost".split(" ");

const families: readonly GuestFamily[] = ["freebsd", "linux"];

for (const family of families) {
  const folder = new URL(`consoles/${family}/`, import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));

  test(`has a corpus for ${family}`, () => expect(names.length).toBeGreaterThanOrEqual(25));

  describe.each(names)(`${family}/%s`, (name) => {
    const file = parseConsoleFile(readFileSync(new URL(name, folder)));
    const whole = readConsole(family, file, [file.console]);

    test("says what a run with it amounts to and where it is from", () => {
      expect(verdicts).toContain(file.verdict);
      expect(file.source).toMatch(/^(?:recorded: |composed from )/);
    });

    test("has the title, class and findings of its head", () => {
      const fatal = whole.filter(isFatal);
      expect(fatal[0]?.title).toBe(file.title);
      if (file.markClass !== undefined) expect(fatal[0]?.class).toBe(file.markClass);
      const findings = reportsOf(whole).filter((report) => report.severity === "finding");
      expect(findings.map((finding) => finding.title)).toEqual(file.findings);
    });

    test("has the frames, consequences, marks and identity of its head", () => {
      const reports = reportsOf(whole);
      const functions = reports[0]?.frames
        .filter((frame) => frame.reliable)
        .map((frame) => frame.function);
      if (file.frames.length > 0)
        expect(functions?.slice(0, file.frames.length)).toEqual(file.frames);
      expect(reports.flatMap((report) => report.followedBy)).toEqual(file.followedBy);
      const marks = whole.filter((event): event is MarkEvent => event.type === "mark");
      expect(marks.map((mark) => mark.class)).toEqual(expect.arrayContaining([...file.marks]));
      const identity = marks.find((mark) => mark.identity !== undefined)?.identity;
      if (file.identity !== undefined) expect(identity).toContain(file.identity);
    });

    test("has reports that end where its head says", () => {
      if (file.lastLines.length === 0) return;
      expect(reportsOf(whole).map(({ evidence }) => evidence.at(-1))).toEqual(file.lastLines);
    });

    test("gives the same events however the bytes are cut", () => {
      const bytes = Array.from(file.console, (_, at) => file.console.subarray(at, at + 1));
      expect(readConsole(family, file, bytes)).toEqual(whole);
      for (const seed of [1, 2, 3]) {
        expect(readConsole(family, file, cutAtRandom(file.console, seed))).toEqual(whole);
      }
    });

    test("has offsets that point at the evidence in the untouched bytes", () => {
      for (const report of reportsOf(whole)) {
        const raw = file.console
          .subarray(report.startOffsetBytes, report.endOffsetBytes)
          .toString("utf8");
        const last = report.evidence.at(-1)!;
        expect(raw).toContain(last.trim().slice(0, 60));
      }
    });
  });
}

function readConsole(
  family: GuestFamily,
  file: ConsoleFile,
  chunks: Iterable<Uint8Array>,
): readonly ConsoleEvent[] {
  const reader = openConsoleReader({ family });
  for (const text of file.typed) reader.typed(text);
  const events: ConsoleEvent[] = [];
  for (const chunk of chunks) events.push(...reader.push(chunk));
  events.push(...reader.end());
  return events;
}

function reportsOf(events: readonly ConsoleEvent[]): readonly ReportEvent[] {
  return events.filter((event): event is ReportEvent => event.type === "report");
}

function isFatal(event: ConsoleEvent): event is MarkEvent | ReportEvent {
  return (event.type === "mark" || event.type === "report") && event.severity === "fatal";
}

/** Pieces of 1 to 97 bytes, the same for the same seed. */
function* cutAtRandom(bytes: Uint8Array, seed: number): Generator<Uint8Array> {
  let state = seed;
  for (let at = 0; at < bytes.length;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const length = 1 + (state % 97);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
