import { formatBytes } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { KeptRun } from "../run/kept-runs.js";
import { formatTable } from "./table.js";

/** A table of runs with their sizes and ages, and the sum. */
export function formatRuns(runs: readonly KeptRun[], nowMs: number): readonly string[] {
  if (runs.length === 0) return ["no runs are kept here"];
  const rows = runs.map((run) => [
    visible(run.name),
    run.columns.join(", "),
    outcomeOf(run),
    formatAge(nowMs - Date.parse(run.startedAt)),
    formatBytes(run.sizeBytes) + frozenIn(run),
  ]);
  const sumBytes = runs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const count = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  return [
    ...formatTable([["run", "kernels", "outcome", "age", "size"], ...rows]),
    `${count}, ${formatBytes(sumBytes)}`,
  ];
}

function frozenIn({ frozenBytes }: KeptRun): string {
  return frozenBytes === 0 ? "" : `, ${formatBytes(frozenBytes)} of it a frozen guest`;
}

function outcomeOf({ heldBy, verdict, hasRecord }: KeptRun): string {
  if (heldBy !== null) return `runs (${visible(heldBy)})`;
  return verdict ?? (hasRecord ? "error" : "no record");
}

/** @example formatAge(3 * 86_400_000) // "3 days" */
export function formatAge(ageMs: number): string {
  const minutes = Math.max(0, Math.floor(ageMs / 60_000));
  if (minutes < 60) return plural(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? plural(hours, "hour") : plural(Math.floor(hours / 24), "day");
}

export function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
