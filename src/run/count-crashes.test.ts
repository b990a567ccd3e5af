import { expect, test } from "vitest";
import { ended, hello, mark, phase, report, started, timed } from "../../test/run-events.js";
import { sightingsOf } from "./count-crashes.js";
import type { LaneHappening } from "./events.js";
import { readHistory } from "./history.js";
import { recordColumn } from "./record.js";

const place = { kernel: "TWQDEBUG", folder: "/r/TWQDEBUG", consoleLog: "/r/TWQDEBUG/console.log" };
const begun = [started(), phase("load"), mark(), hello(), phase("probe")];
const deadline: LaneHappening = {
  ...{ kind: "deadline", phase: "probe", budgetMs: 1000, spentMs: 1012, consoleBytes: 9 },
};
const tail: LaneHappening = { kind: "console-tail", lines: ["the last line"] };

function sighted(...happenings: readonly LaneHappening[]) {
  const events = timed([...begun, ...happenings]);
  return sightingsOf(readHistory(events), recordColumn(place, events));
}

test("a death and the findings before it, the death first", () => {
  const warning = report({ severity: "finding", class: "warning", title: "WARNING in f" });
  const panic = report({ closedBy: "end-text" });
  const seen = sighted(warning, panic, ended("reset"));
  expect(seen).toMatchObject([
    { title: "panic: x", class: "panic", severity: "fatal", report: { isWhole: true } },
    { title: "WARNING in f", class: "warning", severity: "finding" },
  ]);
});

test.each([
  [report({ closedBy: "end" }), ended("reset"), true],
  [report({ closedBy: "end" }), ended("vanished"), false],
  [report({ closedBy: "size" }), ended("reset"), false],
  [report({ evidenceCut: true }), ended("reset"), false],
])("what was cut off is not whole", (cut, how, isWhole) => {
  expect(sighted(cut, how)).toMatchObject([{ report: { isWhole } }]);
});

test("the backtrace is kept as kernels print it", () => {
  const frames = [
    { function: "f", offsetBytes: 18, module: "twq", reliable: true },
    { function: "g", reliable: false },
  ];
  expect(sighted(report({ frames }), ended("reset"))).toMatchObject([
    { report: { backtrace: ["f+0x12 [twq]", "? g"] } },
  ]);
});

test("a report that nothing confirmed is no death of a guest that powered off", () => {
  const suspected = report({ confidence: "suspected" });
  expect(sighted(suspected, ended("powered-off"))).toEqual([]);
  expect(sighted(suspected, ended("reset"))).toMatchObject([{ title: "panic: x" }]);
});

test("a hang has a title without times, and is no death by the interrupt's answer", () => {
  const seen = sighted(deadline, report({ title: "NMI: here" }), tail, ended("vanished"));
  expect(seen).toMatchObject([{ title: "hung in phase probe", class: "hang", severity: "fatal" }]);
  expect(seen[0]?.report.lines).toContain("  the last line");
});

test("a hang during a step of the lane is another one than during the next; a live guest's calls are its test's", () => {
  const during = { steps: ["fault"], previous: null };
  const hung = { ...deadline, during } as LaneHappening;
  expect(sighted(hung, ended("vanished"))).toMatchObject([
    { title: "hung in phase probe during fault", steps: ["fault"] },
  ]);
  const events = timed([started({ transport: "live" }), mark(), hello(), hung, ended("vanished")]);
  const live = sightingsOf(readHistory(events), recordColumn(place, events));
  expect(live).toMatchObject([{ title: "hung in phase probe", steps: ["fault"] }]);
});

test("a silent reset", () => {
  expect(sighted(tail, ended("reset"))).toMatchObject([
    { title: "the guest reset itself (it was reset)", class: "reset" },
  ]);
});

test("nothing of a guest that passed, failed a step, or was ended from outside", () => {
  expect(sighted(ended("powered-off"))).toEqual([]);
  expect(sighted(ended("vanished"))).toEqual([]);
});
