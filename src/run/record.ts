/**
 * What is kept of a run: `record.json`, and what `kernlane run --json` prints. `docs/record.schema.json` describes it.
 */
import { answeredIn, type Answered } from "./answers.js";
import { isAbsolute, relative } from "node:path";
import { findingsOf, type ColumnSymbols, type FindingRecord } from "./finding-record.js";
import type { SeenCrash } from "../crashes/seen-crash.js";
import { RECORD_FILE } from "../host/run-folder.js";
import { linesOf } from "../machine/words.js";
import type { Observation } from "../protocol/decode-reply.js";
import type { LaneEvent, Phase, Trouble } from "./events.js";
import type { ComparedColumn } from "./counter-rows.js";
import { countersOf, recordOfCounters, type CountersRecord } from "./counters.js";
import { pick, readHistory, type History } from "./history.js";
import { judge } from "./judge.js";
import { countRows, transitionsOf, type RowCounts, type Transition } from "./transitions.js";
import type { SceneRecord } from "./scene.js";
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

/** Relative to the column's folder, so that a run can be moved; a file that lies elsewhere is absolute. */
interface ColumnFiles {
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
  /** The guest's device by which its agent spoke; null if it did not. */
  readonly channel: string | null;
  readonly accel: string;
  /** How the guest may have died of something that was not its kernel's fault, known before it started. */
  readonly caveats: readonly string[];
  readonly phases: PhaseTimes;
  readonly counts: RowCounts;
  readonly steps: readonly Transition[];
  readonly counters: readonly CountersRecord[];
  readonly observations: readonly Observation[];
  /** Where steps were that took too long, and what a dying or hung kernel was asked. */
  readonly answers: readonly Answered[];
  /** What was kept of the guest's last moment. */
  readonly scenes: readonly SceneRecord[];
  readonly findings: readonly FindingRecord[];
  /** What frames got their source lines by; null where there was no frame. */
  readonly symbols: ColumnSymbols | null;
  /** The death and the findings, each title once, with how often they were seen so far. None where a run is judged again. */
  readonly crashes: readonly SeenCrash[];
  /** What did not work beside the run, and is no trouble of its own: a sentence each. */
  readonly notices: readonly string[];
  /** Absolute: where it was when this was written. */
  readonly folder: string;
  readonly files: ColumnFiles;
}

export interface RunRecord {
  readonly lane: string;
  /** The worst of the columns'; null when a column has none, or there is no column. */
  readonly verdict: Verdict | null;
  readonly startedAt: string;
  readonly interrupted: boolean;
  /** Absolute: where it was when this was written. */
  readonly folder: string;
  readonly columns: readonly ColumnRecord[];
  readonly transitions: readonly TransitionRow[];
}

/** What one step showed, by kernel. */
export interface TransitionRow {
  readonly step: string;
  /** The row that it stands under, as in the columns' own. */
  readonly of?: string;
  readonly columns: Readonly<Record<string, string>>;
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
    verdict: judged.length === seen.length && seen.length > 0 ? worstVerdict(judged) : null,
    startedAt: startedAt.toISOString(),
    interrupted,
    folder,
    columns,
    transitions: transitionTable(columns),
  };
}

/** A column's place: where its files are. */
export interface ColumnPlace {
  readonly kernel: string;
  /** Absolute, as is the console's log. */
  readonly folder: string;
  readonly consoleLog: string;
}

/**
 * A column judged from its events, without the plan and without a machine.
 *
 * @param others the columns of its run, itself included, for expectations that compare with one
 */
export function recordColumn(
  place: ColumnPlace,
  events: readonly LaneEvent[],
  others: readonly ComparedColumn[] = [],
): ColumnRecord {
  const trouble = pick(events, "trouble")[0]?.trouble;
  const common = { ...placeIn(place), phases: phaseTimes(events) };
  if (events.length === 0 || (trouble && pick(events, "started").length === 0)) {
    return { ...common, ...neverStarted(trouble) };
  }
  const seen = readHistory(events);
  const steps = transitionsOf(seen, others);
  const judged = trouble ? { verdict: null, ...titleOf(trouble) } : judge(seen, steps);
  return {
    ...common,
    ...judged,
    error: trouble ?? null,
    banner: seen.banner ?? null,
    booted: seen.hellos[0] ? nameOfKernel(seen.hellos[0]) : null,
    channel: channelOf(seen),
    accel: seen.started.accel,
    caveats: seen.started.caveats ?? [],
    counts: countRows(steps),
    steps,
    counters: countersOf(seen).map(recordOfCounters),
    observations: seen.observations,
    findings: findingsOf(seen),
    ...{ symbols: null, crashes: [], notices: [] },
    answers: answeredIn(seen),
    scenes: pick(events, "scene").map(({ scene }) => scene),
  };
}

/** A path as it is kept: relative to the folder that it lies in, and absolute elsewhere. */
export function pathFrom(folder: string, path: string): string {
  const short = relative(folder, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}

function placeIn({ kernel, folder, consoleLog }: ColumnPlace) {
  const console = pathFrom(folder, consoleLog);
  return { kernel, folder, files: { console, events: "events.jsonl", record: RECORD_FILE } };
}

/** Of a column that did not come to what was asked for: because of the trouble, else because its run was killed before. */
function neverStarted(
  trouble: Trouble | undefined,
): Omit<ColumnRecord, "kernel" | "folder" | "files" | "phases"> {
  return {
    verdict: trouble ? null : "lost",
    title: "nothing was observed: this column was never started",
    evidence: [],
    ...(trouble ? titleOf(trouble) : {}),
    error: trouble ?? null,
    ...{ banner: null, booted: null, channel: null, accel: "", counts: countRows([]) },
    ...{ caveats: [], steps: [], counters: [], observations: [], findings: [] },
    ...{ symbols: null, answers: [], scenes: [], crashes: [], notices: [] },
  };
}

/** A title is one line; what else a program said is evidence. */
function titleOf({ message }: Trouble): Pick<ColumnRecord, "title" | "evidence"> {
  const [title = "", ...evidence] = linesOf(message);
  return { title, evidence };
}

/** FreeBSD kernels are known by their ident, Linux kernels by their release. */
function nameOfKernel(hello: Observation): string {
  const { ident, release } = hello.data;
  if (typeof ident === "string" && ident !== "") return ident;
  return typeof release === "string" ? release : "unknown";
}

function channelOf({ hellos }: History): string | null {
  const device = hellos[0]?.data["channel"];
  return typeof device === "string" ? device : null;
}

function transitionTable(columns: readonly ColumnRecord[]): readonly TransitionRow[] {
  const rowsOf = new Map(
    columns.map(({ kernel, steps }) => [kernel, new Map(steps.map((one) => [keyOf(one), one]))]),
  );
  const all = new Map(columns.flatMap(({ steps }) => steps).map((one) => [keyOf(one), one]));
  const row = (one: Transition): TransitionRow => {
    const { step, of } = one;
    const cells = columns.map((column) => {
      const seen = rowsOf.get(column.kernel)?.get(keyOf(one))?.seen;
      return [column.kernel, seen ?? absentCell(column, one)] as const;
    });
    return { step, ...(of === undefined ? {} : { of }), columns: Object.fromEntries(cells) };
  };
  const booted = columns.map((column) => [column.kernel, column.booted ?? "no"] as const);
  return [
    { step: "booted", columns: Object.fromEntries(booted) },
    ...underTheirHeads([...all.values()]).map(row),
  ];
}

/** Rows of one name may stand under different ones. */
function keyOf({ step, of = "" }: Pick<Transition, "step" | "of">): string {
  return `${of}\n${step}`;
}

/** Columns may have different rows below one row. */
function underTheirHeads(rows: readonly Transition[]): readonly Transition[] {
  const heads = rows.filter(({ of }) => of === undefined);
  return heads.flatMap((head) => [head, ...rows.filter(({ of }) => of === head.step)]);
}

/** A counter that is no row of this column did not change, or is not there. */
function absentCell(column: ColumnRecord, { step, of }: Pick<Transition, "step" | "of">): string {
  if (of === undefined) return "no reply";
  const record = column.counters.find((one) => one.step === of);
  return record && Object.hasOwn(record.unchanged, step) ? "0" : "-";
}

function phaseTimes(events: readonly LaneEvent[]): PhaseTimes {
  const began = new Map(pick(events, "phase").map(({ phase, atMs }) => [phase, atMs]));
  const endMs = pick(events, "machine-ended")[0]?.atMs ?? events.at(-1)?.atMs ?? 0;
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
