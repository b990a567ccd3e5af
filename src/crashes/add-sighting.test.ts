import { expect, test } from "vitest";
import { addSighting } from "./add-sighting.js";
import { crashSchema } from "./crash-schema.js";
import { MAX_NAMES, MAX_RUNS, idOf, type Crash, type Sighting } from "./crash.js";

const whole = {
  lines: ["Kernel panic - not syncing: x"],
  backtrace: ["panic+0x1"],
  isWhole: true,
  hasPlaces: false,
};
const seen: Sighting = {
  title: "kernel panic: x",
  class: "panic",
  severity: "fatal",
  steps: [],
  report: whole,
};

function placeOf(number: number) {
  const at = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString();
  const folder = `/p/.kernlane/runs/${number}/stock`;
  return { lane: "mine", kernel: "stock (6.1)", runId: `run-${number}`, folder, at };
}

function add(before: Crash | undefined, number: number, sighting = seen): Crash {
  return addSighting(before, sighting, placeOf(number), "/p/.kernlane");
}

test("the first time, and the second", () => {
  const first = add(undefined, 1, { ...seen, steps: ["getpid"] });
  const second = add(first, 2);
  expect(second).toMatchObject({
    firstSeen: "2026-01-01T00:00:01.000Z",
    lastSeen: "2026-01-01T00:00:02.000Z",
    count: 2,
    kernels: [{ name: "stock (6.1)", count: 2 }],
    lanes: [{ name: "mine", count: 2 }],
    steps: [{ name: "getpid", count: 1 }],
    runs: [{ folder: "runs/1/stock" }, { folder: "runs/2/stock" }],
  });
  expect(crashSchema.parse(second)).toEqual(second);
});

test("a column is counted once", () => {
  const once = add(undefined, 1);
  expect(add(once, 1)).toBe(once);
});

test("runs that end in another order than they began", () => {
  expect(add(add(undefined, 9), 4)).toMatchObject({
    firstSeen: "2026-01-01T00:00:04.000Z",
    lastSeen: "2026-01-01T00:00:09.000Z",
  });
});

test("the best report is kept: a whole one, then with frames, then with places; of equals the newer", () => {
  const broken = { ...whole, isWhole: false, hasPlaces: true, lines: ["broken"] };
  const placed = { ...whole, hasPlaces: true, lines: ["placed"] };
  const bare = { ...whole, backtrace: [], lines: ["bare"] };
  const kept = (...reports: (typeof whole)[]): readonly string[] | undefined =>
    reports.reduce<Crash | undefined>(
      (before, report, index) => add(before, index, { ...seen, report }),
      undefined,
    )?.report.lines;
  expect(kept(whole, broken)).toEqual(whole.lines);
  expect(kept(broken, bare)).toEqual(["bare"]);
  expect(kept(bare, whole, bare)).toEqual(whole.lines);
  expect(kept(whole, placed, whole)).toEqual(["placed"]);
  expect(kept(placed, { ...placed, lines: ["newer"] })).toEqual(["newer"]);
});

test("stays small, whatever the guests print: the newest names and runs are kept, and the count goes on", () => {
  let crash: Crash | undefined;
  const lines = Array.from({ length: 10_000 }, () => "x".repeat(10_000));
  const huge = { ...whole, lines, backtrace: lines };
  for (let number = 0; number < 150; number++)
    crash = add(crash, number, { ...seen, steps: [`step ${number}`], report: huge });
  expect(crash).toMatchObject({ count: 150 });
  expect(crash?.runs).toHaveLength(MAX_RUNS);
  expect(crash?.runs.at(-1)?.runId).toBe("run-149");
  expect(crash?.steps).toHaveLength(MAX_NAMES);
  expect(JSON.stringify(crash).length).toBeLessThan(1_000_000);
  expect(crashSchema.parse(crash)).toEqual(crash);
});

test("the id is of the title alone, and stays", () => {
  expect(idOf("kernel panic: sysrq triggered crash")).toBe("809e5aee9d8d");
});
