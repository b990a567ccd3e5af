import fc from "fast-check";
import { expect, test } from "vitest";
import type { MarkEvent, ReportEvent } from "../console/events.js";
import type { MachineEnd } from "../machine/machine.js";
import type { Observation } from "../protocol/decode-reply.js";
import { parseExpectation } from "../protocol/expectation.js";
import type { LaneEvent, LaneHappening } from "./events.js";
import { judge } from "./judge.js";

const started: LaneHappening = {
  kind: "started",
  schema: 1,
  startedAt: "2026-11-24T00:00:00.000Z",
  lane: "test",
  kernel: "TWQDEBUG",
  consoleLog: "/run/console.log",
  guest: "linux",
  identity: { label: "6.1.0-TWQDEBUG", release: "6.1.0-TWQDEBUG" },
  hypervisor: "QEMU",
  accel: "tcg",
  accelWhy: "",
  argv: [],
  steps: [
    {
      id: 1,
      name: "twq(INIT)",
      context: "main",
      kind: "syscall",
      auxiliary: false,
      expect: parseExpectation({ stock: "ENOSYS", TWQDEBUG: "ENOTSUP" }, "test"),
    },
  ],
  allow: ["locks"],
};

const hello = observed({ kind: "hello", data: { release: "6.1.0-TWQDEBUG" } });
const reply = observed({ kind: "syscall", stepId: 1, status: "errno", data: { errno: 95 } });
const end = observed({ kind: "end" });
const phase = (name: "load" | "probe"): LaneHappening => ({
  kind: "phase",
  phase: name,
  budgetMs: 1000,
});

function observed(part: Partial<Observation>): LaneHappening {
  const base = {
    seq: 1,
    stepId: null,
    name: "x",
    kind: "x",
    status: "ok",
    data: {},
    meta: {},
    framed: true,
  };
  return { kind: "observation", observation: { ...base, ...part } };
}

function ended(how: MachineEnd["how"]): LaneHappening {
  return { kind: "machine-ended", end: { how, detail: `it was ${how}` } };
}

function report(part: Partial<ReportEvent>): LaneHappening {
  const base: ReportEvent = {
    type: "report",
    id: 1,
    class: "panic",
    name: "panic",
    severity: "fatal",
    title: "panic: x",
    startOffsetBytes: 0,
    endOffsetBytes: 1,
    confidence: "certain",
    signals: [],
    followedBy: [],
    evidence: ["panic: x"],
    evidenceCut: false,
    frames: [],
    closedBy: "quiet",
  };
  return { kind: "report", report: { ...base, ...part } };
}

function mark(part: Partial<MarkEvent>): LaneHappening {
  const base: MarkEvent = {
    type: "mark",
    class: "boot",
    name: "boot",
    severity: "info",
    title: "boot",
    text: "",
    startOffsetBytes: 0,
    endOffsetBytes: 1,
  };
  return { kind: "mark", mark: { ...base, ...part } };
}

function verdictOf(...happenings: readonly LaneHappening[]) {
  return judge(
    happenings.map((happening, index): LaneEvent => ({ atMs: index * 100, ...happening })),
  );
}

const answered = [started, phase("load"), mark({}), hello, phase("probe"), reply, end];

test("passed needs everything: identity, replies, the end line and a clean power-off", () => {
  expect(verdictOf(...answered, ended("powered-off"))).toMatchObject({ verdict: "passed" });
});

test("no event that passed can be left out", () => {
  const needed = [...answered, ended("powered-off")];
  for (const missing of [reply, end, needed.at(-1)!]) {
    expect(verdictOf(...needed.filter((one) => one !== missing)).verdict).not.toBe("passed");
  }
});

test("a reset is never a success, whatever was said before", () => {
  expect(verdictOf(...answered, ended("reset"))).toMatchObject({ verdict: "rebooted" });
  expect(verdictOf(...answered, mark({}), ended("powered-off"))).toMatchObject({
    verdict: "rebooted",
    title: "the guest booted twice",
  });
});

test("a panic is never a pass, also after the end line", () => {
  expect(verdictOf(...answered, report({}), ended("reset"))).toMatchObject({
    verdict: "panicked",
    title: "panic: x",
    evidence: ["results so far: 1 (partial)", "panic: x"],
  });
});

test("an unconfirmed panic is believed only with a second sign", () => {
  const doubted = report({ confidence: "suspected" });
  expect(verdictOf(...answered, doubted, ended("powered-off")).verdict).toBe("passed");
  expect(verdictOf(...answered, doubted, ended("reset")).verdict).toBe("panicked");
});

test("what a kernel says after the deadline answers our interrupt", () => {
  const deadline: LaneHappening = {
    kind: "deadline",
    phase: "probe",
    budgetMs: 1000,
    consoleBytes: 9,
  };
  const judged = verdictOf(
    started,
    phase("probe"),
    deadline,
    report({ title: "panic: NMI" }),
    ended("reset"),
  );
  expect(judged).toMatchObject({ verdict: "hung", title: "probe: 0.1 s of 1.0 s" });
  expect(judged.evidence[0]).toBe("panic: x");
});

test("a hang without a word says so", () => {
  const deadline: LaneHappening = {
    kind: "deadline",
    phase: "load",
    budgetMs: 1000,
    consoleBytes: 0,
  };
  expect(verdictOf(started, phase("load"), deadline, ended("stopped")).title).toMatch(
    /no console output at all/,
  );
});

test("a kernel in its debugger hangs", () => {
  const waits = mark({ class: "debugger", severity: "fatal", title: "waits at db>" });
  expect(verdictOf(started, phase("load"), waits, ended("stopped"))).toMatchObject({
    verdict: "hung",
    title: "load: waits at db>",
  });
});

test("a result from another kernel is none", () => {
  const other = observed({ kind: "hello", data: { release: "6.1.0-stock" } });
  expect(verdictOf(started, other, reply, end, ended("powered-off"))).toMatchObject({
    verdict: "wrong-kernel",
    title: `the guest's kernel says release "6.1.0-stock", expected "6.1.0-TWQDEBUG"`,
  });
});

test("a gap in the frames makes a run incomplete, also when every step answered", () => {
  const gap: LaneHappening = { kind: "gap", reason: "frame 3 is missing" };
  expect(verdictOf(...answered, gap, ended("powered-off"))).toMatchObject({
    verdict: "incomplete",
    title: "frame 3 is missing",
  });
});

test("a failed step names step, expected and seen", () => {
  const wrong = observed({ kind: "syscall", stepId: 1, status: "errno", data: { errno: 38 } });
  expect(verdictOf(started, hello, wrong, end, ended("powered-off"))).toMatchObject({
    verdict: "failed",
    title: "1 of 1 step failed",
    evidence: ["twq(INIT): expected ENOTSUP, saw ENOSYS"],
  });
});

test("a finding fails a run unless the lane allows its class or its title", () => {
  const finding = (part: Partial<ReportEvent>): LaneHappening =>
    report({ severity: "finding", ...part });
  const judged = (one: LaneHappening) => verdictOf(...answered, one, ended("powered-off")).verdict;
  expect(judged(finding({ class: "warning", title: "WARNING in f" }))).toBe("failed");
  expect(judged(finding({ class: "locks", title: "lock order reversal: a -> b" }))).toBe("passed");
});

test("a machine that somebody else ended is lost, and an interrupt of ours is not", () => {
  expect(verdictOf(started, phase("load"), ended("vanished")).verdict).toBe("lost");
  expect(verdictOf(started, phase("load")).verdict).toBe("lost");
  expect(
    verdictOf(started, phase("load"), { kind: "interrupted" }, ended("stopped")),
  ).toMatchObject({
    verdict: "incomplete",
    title: "interrupted in phase load",
  });
});

test("any selection of events gets a verdict, and passed only with a clean end", () => {
  const pool = [
    ...answered,
    report({}),
    mark({}),
    ended("reset"),
    ended("stopped"),
    ended("powered-off"),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(pool.slice(1)), (chosen) => {
      const judged = verdictOf(started, ...chosen);
      if (judged.verdict !== "passed") return;
      expect(chosen).toEqual(expect.arrayContaining([reply, end]));
      expect(
        chosen.some((one) => one.kind === "machine-ended" && one.end.how === "powered-off"),
      ).toBe(true);
      expect(chosen.some((one) => one.kind === "report")).toBe(false);
    }),
  );
});

test("refuses events that do not say what was asked for", () => {
  expect(() => verdictOf(hello, end)).toThrow(/no events.jsonl of a run/);
});
