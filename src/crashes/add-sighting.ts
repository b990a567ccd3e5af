/** A crash with one more sighting. Pure. */
import { isAbsolute, relative } from "node:path";
import {
  MAX_NAMES,
  MAX_RUNS,
  type Crash,
  type CrashReport,
  type NameCounts,
  type Sighting,
  type SightingPlace,
} from "./crash.js";

/** Of one report; further lines are in the run. */
const MAX_LINES = 400;
const MAX_LINE_LENGTH = 1000;

/**
 * @param before `undefined` for the first one. A column that is entered already is not counted again
 * @param root the folder that holds `crashes`: what lies below it is kept relative to it, so that it can be moved
 */
export function addSighting(
  before: Crash | undefined,
  seen: Sighting,
  place: SightingPlace,
  root: string,
): Crash {
  if (before?.runs.some(({ runId }) => runId === place.runId)) return before;
  const { lane, kernel, runId, at } = place;
  const report = bounded(seen.report);
  const run = { runId, folder: pathBelow(root, place.folder), at };
  return {
    schema: "kernlane-crash/1",
    title: seen.title,
    class: seen.class,
    severity: before?.severity === "fatal" ? "fatal" : seen.severity,
    firstSeen: before && before.firstSeen < at ? before.firstSeen : at,
    lastSeen: before && before.lastSeen > at ? before.lastSeen : at,
    count: (before?.count ?? 0) + 1,
    kernels: counted(before?.kernels ?? [], kernel),
    lanes: counted(before?.lanes ?? [], lane),
    steps: seen.steps.reduce(counted, before?.steps ?? []),
    runs: [...(before?.runs ?? []), run].slice(-MAX_RUNS),
    report: before && worthOf(before.report) > worthOf(report) ? before.report : report,
  };
}

/** A whole report is worth more than one with frames, that more than one with source lines; of equal ones the newer. */
function worthOf({ isWhole, backtrace, hasPlaces }: CrashReport): number {
  return (isWhole ? 4 : 0) + (backtrace.length > 0 ? 2 : 0) + (hasPlaces ? 1 : 0);
}

function counted(before: NameCounts, name: string): NameCounts {
  const short = name.slice(0, MAX_LINE_LENGTH);
  const count = (before.find((one) => one.name === short)?.count ?? 0) + 1;
  return [...before.filter((one) => one.name !== short), { name: short, count }].slice(-MAX_NAMES);
}

function bounded(report: CrashReport): CrashReport {
  const cut = (lines: readonly string[]): readonly string[] =>
    lines.slice(0, MAX_LINES).map((line) => line.slice(0, MAX_LINE_LENGTH));
  return { ...report, lines: cut(report.lines), backtrace: cut(report.backtrace) };
}

function pathBelow(root: string, path: string): string {
  const short = relative(root, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}
