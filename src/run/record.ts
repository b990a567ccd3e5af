/**
 * What is kept of a run: `record.json`, and what `kernlane run --json` prints. `docs/record.schema.json` describes it.
 */
import type { ReportEvent } from "../console/events.js";
import type { Observation } from "../protocol/decode-reply.js";
import type { ColumnPlan } from "./plan.js";
import { readHistory, type History } from "./history.js";
import type { LaneEvent, Phase, Trouble } from "./events.js";
import { judge } from "./judge.js";
import { transitionsOf, type Transition } from "./transitions.js";
import { worstVerdict, type Verdict } from "./verdict.js";

/** Wall-clock times in ms; null for a phase that was not reached. */
export interface PhaseTimes {
  readonly stageMs: number | null;
  /** From the start of the machine to the agent's first word. */
  readonly bootMs: number | null;
  /** Its parts: firmware and loader, kernel, and rc(8) where the guest has one. */
  readonly loadMs: number | null;
  readonly kernelMs: number | null;
  readonly rcMs: number | null;
  readonly probeMs: number | null;
  readonly poweroffMs: number | null;
  readonly totalMs: number;
}

export interface ColumnFiles {
  readonly console: string;
  readonly events: string;
  readonly record: string;
}

export interface ColumnRecord {
  readonly kernel: string;
  /** null when there was trouble on the host, which is no verdict on the kernel. */
  readonly verdict: Verdict | null;
  readonly title: string;
  readonly evidence: readonly string[];
  readonly error: Trouble | null;
  /** How the kernel named itself on the console. */
  readonly banner: string | null;
  /** The short name by which the kernel that answered is known; null if none answered. */
  readonly booted: string | null;
  readonly accel: string;
  readonly phases: PhaseTimes;
  readonly steps: readonly Transition[];
  readonly observations: readonly Observation[];
  readonly findings: readonly Pick<
    ReportEvent,
    "class" | "severity" | "title" | "startOffsetBytes"
  >[];
  readonly files: ColumnFiles;
}

export interface RunRecord {
  readonly lane: string;
  /** The worst of the columns'; null when a column has none. */
  readonly verdict: Verdict | null;
  readonly startedAt: string;
  readonly interrupted: boolean;
  readonly folder: string;
  readonly columns: readonly ColumnRecord[];
  /** One row a step: its outcome by kernel, beside the key `step`. */
  readonly transitions: readonly Readonly<Record<string, string>>[];
}

export function recordRun(
  lane: string,
  folder: string,
  startedAt: Date,
  columns: readonly ColumnRecord[],
  interrupted: boolean,
): RunRecord {
  const seen = columns.map((column) => column.verdict);
  const judged = seen.filter((verdict) => verdict !== null);
  return {
    lane,
    verdict: judged.length === seen.length ? worstVerdict(judged) : null,
    startedAt: startedAt.toISOString(),
    interrupted,
    folder,
    columns,
    transitions: transitionTable(columns),
  };
}

/** A column judged from its events, without the plan and without a machine. */
export function recordColumn(
  kernel: string,
  events: readonly LaneEvent[],
  files: ColumnFiles,
): ColumnRecord {
  const trouble = events.find((event) => event.kind === "trouble")?.trouble;
  const judgement = trouble ? undefined : judge(events);
  const seen = readHistory(events);
  const hello = seen?.observations.find((one) => one.kind === "hello");
  return {
    kernel,
    verdict: judgement?.verdict ?? null,
    title: judgement?.title ?? trouble?.message ?? "",
    evidence: judgement?.evidence ?? [],
    error: trouble ?? null,
    banner: seen?.banner ?? null,
    booted: hello ? nameOfKernel(hello) : null,
    accel: seen?.started.accel ?? "",
    phases: phaseTimes(events),
    steps: seen ? transitionsOf(seen) : [],
    observations: seen?.observations ?? [],
    findings: seen ? findingsOf(seen) : [],
    files,
  };
}

export function filesOf(plan: ColumnPlan): ColumnFiles {
  return { console: plan.consoleLog, events: plan.eventsLog, record: `${plan.folder}/record.json` };
}

function findingsOf(seen: History): ColumnRecord["findings"] {
  return seen.reports.map(({ class: class_, severity, title, startOffsetBytes }) => ({
    class: class_,
    severity,
    title,
    startOffsetBytes,
  }));
}

/** FreeBSD kernels are known by their ident, Linux kernels by their release. */
function nameOfKernel(hello: Observation): string {
  const { ident, release } = hello.data;
  if (typeof ident === "string" && ident !== "") return ident;
  return typeof release === "string" ? release : "unknown";
}

function transitionTable(
  columns: readonly ColumnRecord[],
): readonly Readonly<Record<string, string>>[] {
  const steps = [...new Set(columns.flatMap((column) => column.steps.map(({ step }) => step)))];
  const row = (step: string, cell: (column: ColumnRecord) => string): Record<string, string> => ({
    step,
    ...Object.fromEntries(columns.map((column) => [column.kernel, cell(column)])),
  });
  return [
    row("booted", (column) => column.booted ?? "no"),
    ...steps.map((step) =>
      row(step, (column) => column.steps.find((one) => one.step === step)?.seen ?? "no reply"),
    ),
  ];
}

function phaseTimes(events: readonly LaneEvent[]): PhaseTimes {
  const began = new Map<Phase, number>();
  for (const event of events) if (event.kind === "phase") began.set(event.phase, event.atMs);
  const endMs =
    events.find((event) => event.kind === "machine-ended")?.atMs ?? events.at(-1)?.atMs ?? 0;
  const span = (from: Phase, to: Phase | undefined): number | null => {
    const fromMs = began.get(from);
    if (fromMs === undefined) return null;
    return Math.round(((to === undefined ? undefined : began.get(to)) ?? endMs) - fromMs);
  };
  return {
    stageMs: span("stage", "load"),
    bootMs: span("load", "probe"),
    loadMs: span("load", "kernel"),
    kernelMs: span("kernel", began.has("rc") ? "rc" : "probe"),
    rcMs: span("rc", "probe"),
    probeMs: span("probe", "power-off"),
    poweroffMs: span("power-off", undefined),
    totalMs: Math.round(endMs),
  };
}
