import { expect, test } from "vitest";
import { styleFor } from "./style.js";
import { formatTable } from "./table.js";
import type { ColumnRecord, RunRecord } from "../run/record.js";
import { formatRun } from "./terminal.js";

const stock: ColumnRecord = {
  kernel: "stock",
  verdict: "failed",
  title: "1 of 1 step failed",
  evidence: ["twq(INIT): expected ENOTSUP, saw ENOSYS"],
  error: null,
  banner: null,
  booted: "6.1.0",
  channel: "/dev/ttyS1",
  accel: "tcg",
  caveats: [],
  phases: {
    ...{ stageMs: null, bootMs: null, loadMs: null, kernelMs: null, rcMs: null },
    ...{ probeMs: null, poweroffMs: null, totalMs: 4100 },
  },
  counts: { met: 0, unmet: 1, shown: 0 },
  steps: [{ step: "twq(INIT)", seen: "ENOSYS", expected: "ENOTSUP", result: "unmet" }],
  counters: [],
  observations: [],
  findings: [],
  answers: [],
  scenes: [],
  symbols: null,
  crashes: [],
  notices: [],
  folder: "/w/out/stock",
  files: { console: "console.log", events: "events.jsonl", record: "record.json" },
};

const run: RunRecord = {
  lane: "test",
  verdict: "failed",
  startedAt: "2026-11-24T00:00:00.000Z",
  interrupted: false,
  folder: "/w/out",
  columns: [stock],
  transitions: [
    { step: "booted", columns: { stock: "6.1.0" } },
    { step: "twq(INIT)", columns: { stock: "ENOSYS" } },
  ],
};

test("shows the table, the verdict with what it rests on, and where the files are", () => {
  expect(formatRun(run, styleFor(false), "/w").split("\n")).toEqual([
    "step       stock",
    "booted     6.1.0",
    "twq(INIT)  ENOSYS ✗",
    "",
    "stock  failed  1 of 1 step failed  4.1 s (tcg)",
    "",
    "stock:",
    "  twq(INIT): expected ENOTSUP, saw ENOSYS",
    "",
    "console  out/stock/console.log",
    "record   out/record.json",
    "",
  ]);
});

test("marks what a kernel showed otherwise in the run before, and what it was not asked then", () => {
  const now: RunRecord = {
    ...run,
    columns: [stock, { ...stock, kernel: "new", steps: [] }],
    transitions: [
      { step: "booted", columns: { stock: "6.1.0", new: "6.2.0" } },
      { step: "twq(INIT)", columns: { stock: "ENOTSUP", new: "ENOTSUP" } },
      { step: "twq(9999)", columns: { stock: "EINVAL", new: "EINVAL" } },
    ],
  };
  const table = formatRun(now, styleFor(false), "/w", { before: run }).split("\n\n")[0];
  expect(table!.split("\n")).toEqual([
    "step       stock                   new",
    "booted     6.1.0                   6.2.0",
    "twq(INIT)  ENOTSUP ✗ (was ENOSYS)  ENOTSUP",
    "twq(9999)  EINVAL (new)            EINVAL",
  ]);
  expect(formatRun(run, styleFor(false), "/w", { before: run })).toBe(
    formatRun(run, styleFor(false), "/w"),
  );
});

test("lets no control character of a guest reach the terminal", () => {
  const hostile = "\u001b]0;owned\u0007\u001b[2J";
  const shown = formatRun(
    {
      ...run,
      columns: [{ ...stock, title: hostile, evidence: [hostile] }],
      transitions: [{ step: hostile, columns: { stock: hostile } }],
    },
    styleFor(false),
    "/w",
  );
  expect(shown.replaceAll("\n", "")).not.toMatch(/[\x00-\x1f\x7f]/);
});

test("columns are as wide as their widest cell", () => {
  expect(
    formatTable([
      ["a", "b"],
      ["long", "c"],
    ]),
  ).toEqual(["a     b", "long  c"]);
});

test("names no record of a run that has left none", () => {
  const evidence = Array.from({ length: 41 }, (_, index) => `line ${index}`);
  const killed = { ...run, columns: [{ ...stock, evidence }] };
  const shown = formatRun(killed, styleFor(false), "/w", { hasRecord: false });
  expect(shown).toContain("… 1 more lines: see them with --json");
  expect(shown).not.toContain("record.json");
});

test("says of a death, beside the verdict, and of each finding whether it is new, and what did not work", () => {
  const seen = { id: "c0ffee000000", firstSeen: "2026-11-20T10:00:00.000Z" };
  const dead: ColumnRecord = {
    ...stock,
    verdict: "panicked",
    title: "kernel panic: x",
    crashes: [
      { ...seen, title: "kernel panic: x", severity: "fatal", count: 7 },
      { ...seen, title: "WARNING in y", severity: "finding", count: 1 },
    ],
    notices: ["not counted, and left alone: /w/notes is no crash"],
  };
  const shown = formatRun({ ...run, columns: [dead] }, styleFor(false), "/w").split("\n");
  expect(shown).toContain(
    "stock  panicked  kernel panic: x (seen 7 times since 2026-11-20)  4.1 s (tcg)",
  );
  expect(shown.slice(shown.indexOf("stock:"))).toEqual([
    "stock:",
    "  twq(INIT): expected ENOTSUP, saw ENOSYS",
    "  finding  WARNING in y: new",
    "  note     not counted, and left alone: /w/notes is no crash",
    "",
    "console  out/stock/console.log",
    "record   out/record.json",
    "",
  ]);
});
