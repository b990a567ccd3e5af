import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { counters, sleep, syscall } from "../protocol/steps.js";
import {
  end,
  ended,
  hello,
  mark,
  observed,
  phase,
  plannedSteps,
  reply,
  report,
  started,
  timed,
} from "../../test/run-events.js";
import { claimRunFolder } from "../host/run-folder.js";
import { tempFolder } from "../../test/temp-folder.js";
import type { LaneHappening, StartedEvent } from "./events.js";
import { recordColumn, recordRun } from "./record.js";
import { judgeFolder } from "./judge-folder.js";

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= \d+$/ });

/** A run that passed, as it is left on the disk. */
function writeRun(
  columns: Readonly<Record<string, Partial<StartedEvent>>>,
  answers: (kernel: string) => readonly LaneHappening[] = () => [],
): string {
  const folder = join(tempFolder("judge"), "run");
  for (const [kernel, part] of Object.entries(columns)) {
    mkdirSync(join(folder, kernel), { recursive: true });
    const events = timed([
      started({ kernel, steps: plannedSteps([getpid]), ...part }),
      ...[phase("load"), mark(), hello(), phase("probe"), reply(1, "syscall", "ok", { rc: 7 })],
      ...answers(kernel),
      ...[end(), ended("powered-off")],
    ]);
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    writeFileSync(join(folder, kernel, "events.jsonl"), text);
    writeFileSync(join(folder, kernel, "console.log"), "Linux version");
  }
  return folder;
}

test("a run is judged from its events alone, with one table for all of its columns", () => {
  const folder = writeRun({ stock: {}, TWQDEBUG: {} });
  expect(judgeFolder(folder)).toMatchObject({
    verdict: "passed",
    folder,
    columns: [{ kernel: "TWQDEBUG" }, { kernel: "stock", counts: { met: 1, unmet: 0, shown: 0 } }],
    transitions: [
      { step: "booted", columns: { stock: "6.1.0-TWQDEBUG", TWQDEBUG: "6.1.0-TWQDEBUG" } },
      { step: "getpid()", columns: { stock: "= 7", TWQDEBUG: "= 7" } },
    ],
  });
});

test("a column says by which device its agent spoke", () => {
  const spoke = observed({
    kind: "hello",
    status: "ready",
    data: { channel: "/dev/vtcon/kernlane.probe" },
  });
  const place = { kernel: "stock", folder: "/run/stock", consoleLog: "/run/stock/console.log" };
  const channelOf = (...events: Parameters<typeof timed>[0]) =>
    recordColumn(place, timed([started(), ...events])).channel;
  expect(channelOf(spoke)).toBe("/dev/vtcon/kernlane.probe");
  expect(channelOf()).toBeNull();
});

test("a column is compared with those of its run, also when it is judged alone", async () => {
  const expected = { a: "<= 2 × baseline" };
  const steps = plannedSteps([getpid, counters("/x", { steps: [sleep(1)], expect: expected })]);
  const folder = writeRun({ stock: { steps }, mine: { steps } }, (kernel) => [
    reply(2, "read-file", "ok", { content: "a 0\n" }),
    reply(3, "sleep", "ok"),
    reply(4, "read-file", "ok", { content: kernel === "mine" ? "a 4\n" : "a 2\n" }),
  ]);
  const row = (run: string) =>
    judgeFolder(join(run, "mine")).columns[0]?.steps.find(({ step }) => step === "a");
  expect(row(folder)).toMatchObject({ seen: "+4: no column to compare with in this run" });
  const claimed = `${folder}-claimed`;
  (await claimRunFolder(claimed, ["stock", "mine"]))[Symbol.dispose]();
  for (const name of ["stock", "mine"]) renameSync(join(folder, name), join(claimed, name));
  expect(row(claimed)).toMatchObject({ seen: "+4", result: "met" });
  expect(judgeFolder(claimed).verdict).toBe("passed");
});

test("a run that was moved has its console and its events where it is now", () => {
  const before = writeRun({ stock: {} });
  const moved = `${before}-moved`;
  renameSync(before, moved);
  const [column] = judgeFolder(moved).columns;
  expect(column).toMatchObject({
    folder: join(moved, "stock"),
    files: { console: "console.log", events: "events.jsonl", record: "record.json" },
  });
  const alone = join(tempFolder("judge"), "alone");
  renameSync(join(moved, "stock"), alone);
  expect(judgeFolder(alone).columns[0]).toMatchObject({ folder: alone, files: column!.files });
});

test("a run whose events name the console by an absolute path is found beside them once it was moved", () => {
  const before = writeRun({ stock: { consoleLog: "/gone/run/stock/console.log" } });
  expect(judgeFolder(before).columns[0]!.files.console).toBe("console.log");
});

test("a console log that was put elsewhere stays where it is", () => {
  const log = join(tempFolder("judge"), "serial.log");
  writeFileSync(log, "");
  expect(judgeFolder(writeRun({ stock: { consoleLog: log } })).columns[0]!.files.console).toBe(log);
});

test("a column of the run that was never started is lost, and the run has not passed", async () => {
  const folder = tempFolder("judge");
  (await claimRunFolder(folder, ["stock", "TWQDEBUG"]))[Symbol.dispose]();
  renameSync(join(writeRun({ stock: {} }), "stock"), join(folder, "stock"));
  expect(judgeFolder(folder)).toMatchObject({
    verdict: "lost",
    columns: [
      { kernel: "stock", verdict: "passed" },
      { kernel: "TWQDEBUG", title: "nothing was observed: this column was never started" },
    ],
  });
});

test("a run without a column has no verdict", () => {
  expect(recordRun("x", "/x", new Date(0), [], false).verdict).toBeNull();
});

test("refuses a folder that holds no run", () => {
  expect(() => judgeFolder(tempFolder("judge"))).toThrow(
    expect.objectContaining({ code: "not-a-run", who: "usage" }) as Error,
  );
});

test("a run that ended before any of its kernels started is refused: there is nothing to judge", async () => {
  const folder = join(tempFolder("judge"), "run");
  (await claimRunFolder(folder, ["stock", "TWQDEBUG"]))[Symbol.dispose]();
  expect(() => judgeFolder(folder)).toThrow(
    expect.objectContaining({
      code: "events-incomplete",
      message: expect.stringContaining("ended before anything was observed") as string,
    }) as Error,
  );
});

const frames = [
  { function: "strike", offsetBytes: 7, sizeBytes: 16, isExact: true, reliable: true },
] as const;
const evidence = ["BUG: x", "RIP: 0010:strike+0x7/0x10"];

/** A run whose kernel died, with what its record has of that. */
function writeDeath(kept: unknown): string {
  const bug = report({ title: "BUG: x in strike", evidence, frames });
  const folder = writeRun({ TWQDEBUG: {} }, () => [bug]);
  writeFileSync(join(folder, "TWQDEBUG", "record.json"), JSON.stringify(kept));
  return folder;
}

const place = { function: "strike", file: "/b/kernel/twq/faults.c", line: 43 };
const source = { path: "/w/twq/faults.c", firstLine: 43, lines: ["*nowhere = 1;"], line: 43 };
const backtrace = [{ frame: "strike+0x7", places: [place] }];
const symbols = { buildId: "abcd", file: { path: "/b/vmlinux", provenBy: "build id" } };

test("the source lines that a run has found are shown when it is judged again", () => {
  const folder = writeDeath({ symbols, findings: [{ startOffsetBytes: 0, backtrace, source }] });
  const [column] = judgeFolder(folder).columns;
  expect(column).toMatchObject({ symbols, findings: [{ backtrace, source }], crashes: [] });
  expect(column!.evidence).toEqual([
    "results so far: 1 of 1",
    "BUG: x",
    "RIP: 0010:strike+0x7/0x10  kernel/twq/faults.c:43",
    "      > 43  *nowhere = 1;",
  ]);
});

test.each([
  ["of an earlier version", { findings: [{ title: "BUG: x in strike", startOffsetBytes: 0 }] }],
  ["damaged", { symbols, findings: [{ startOffsetBytes: 0, backtrace: [{ places: 7 }] }] }],
  ["of another report", { symbols, findings: [{ startOffsetBytes: 9, backtrace }] }],
])("a record that is %s gives none, and the run is judged all the same", (_, kept) => {
  const [column] = judgeFolder(writeDeath(kept)).columns;
  expect(column!.evidence.slice(-2)).toEqual(evidence);
  expect(column).toMatchObject({
    verdict: "panicked",
    findings: [{ backtrace: [{ frame: "strike+0x7", places: [] }] }],
  });
});
