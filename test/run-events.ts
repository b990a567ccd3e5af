/** Events of a column as a test needs them: what it does not name is as in a run that passes. */
import type { MarkEvent, ReportEvent } from "../src/console/events.js";
import type { MachineEnd } from "../src/machine/machine.js";
import type { Observation } from "../src/protocol/decode-reply.js";
import { encodePlan } from "../src/protocol/encode-plan.js";
import type { Step } from "../src/protocol/step.js";
import type { LaneEvent, LaneHappening, Phase, StartedEvent } from "../src/run/events.js";
import { readHistory } from "../src/run/history.js";
import { judge } from "../src/run/judge.js";
import { transitionsOf, type Transition } from "../src/run/transitions.js";
import type { Judgement } from "../src/run/verdict.js";

const RUN_ID = "run-1";

export function started(part: Partial<StartedEvent> = {}): StartedEvent {
  return {
    kind: "started",
    schema: 1,
    startedAt: "2026-11-24T00:00:00.000Z",
    lane: "test",
    kernel: "TWQDEBUG",
    runId: RUN_ID,
    consoleLog: "console.log",
    guest: "linux",
    identity: { label: "6.1.0-TWQDEBUG", release: "6.1.0-TWQDEBUG" },
    hypervisor: "QEMU",
    accel: "tcg",
    accelWhy: "",
    argv: [],
    transport: "oneshot",
    steps: [],
    findings: {},
    ...part,
  };
}

/** What is planned of a probe. */
export function plannedSteps(steps: readonly Step[]): StartedEvent["steps"] {
  const header = { runId: RUN_ID, transport: "oneshot", channels: ["console"] } as const;
  return encodePlan({ steps }, { ...header, deadlineMs: 1000, atEnd: "power-off" }).steps;
}

export function observed(part: Partial<Observation>): LaneHappening {
  const common = { seq: 1, stepId: null, name: "x", kind: "x", status: "ok" };
  const observation = { ...common, data: {}, meta: {}, framed: true, ...part };
  return { kind: "observation", observation };
}

export const hello = (release = "6.1.0-TWQDEBUG", run = RUN_ID): LaneHappening =>
  observed({ kind: "hello", status: "ready", data: { release, run } });

export const reply = (
  stepId: number,
  kind: string,
  status: string,
  data: Observation["data"] = {},
): LaneHappening => observed({ stepId, kind, status, data });

/** A line that a program of the user's own printed. */
export const ownLine = (
  kind: string,
  status: string,
  data: Observation["data"] = {},
): LaneHappening => observed({ seq: null, kind, status, data });

export const end = (status = "done"): LaneHappening => observed({ kind: "end", status });

export const phase = (name: Phase): LaneHappening => ({
  kind: "phase",
  phase: name,
  budgetMs: 1000,
});

export function ended(how: MachineEnd["how"]): LaneHappening {
  return { kind: "machine-ended", end: { how, detail: `it was ${how}` } };
}

export function report(part: Partial<ReportEvent> = {}): LaneHappening {
  const base: ReportEvent = {
    ...{ type: "report", id: 1, class: "panic", name: "panic", severity: "fatal" },
    ...{ title: "panic: x", startOffsetBytes: 0, endOffsetBytes: 1, confidence: "certain" },
    ...{ signals: [], followedBy: [], evidence: ["panic: x"], evidenceCut: false, frames: [] },
    closedBy: "quiet",
  };
  return { kind: "report", report: { ...base, ...part } };
}

export function mark(part: Partial<MarkEvent> = {}): LaneHappening {
  const base: MarkEvent = {
    ...{ type: "mark", class: "boot", name: "boot", severity: "info", title: "boot", text: "" },
    ...{ startOffsetBytes: 0, endOffsetBytes: 1 },
  };
  return { kind: "mark", mark: { ...base, ...part } };
}

/** One event every 100 ms. */
export function timed(happenings: readonly LaneHappening[]): readonly LaneEvent[] {
  return happenings.map((happening, index) => ({ atMs: index * 100, ...happening }));
}

export function judged(events: readonly LaneEvent[]): Judgement & { rows: readonly Transition[] } {
  const seen = readHistory(events);
  const rows = transitionsOf(seen);
  return { ...judge(seen, rows), rows };
}

/** A whole run of these steps in which the guest said this, and came and went as it should. */
export function judgedRun(
  steps: readonly Step[],
  answers: readonly LaneHappening[],
  part: Partial<StartedEvent> = {},
): ReturnType<typeof judged> {
  const begun = [started({ steps: plannedSteps(steps), ...part }), phase("load"), mark(), hello()];
  return judged(timed([...begun, phase("probe"), ...answers, end(), ended("powered-off")]));
}
