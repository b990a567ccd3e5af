/** Crashes that are kept, as text: a table of them, and one of them. */
import { resolve } from "node:path";
import { visible } from "../console/visible.js";
import type { Crash, NameCounts } from "../crashes/crash.js";
import type { KeptCrash, KeptCrashes } from "../crashes/store.js";
import { formatAge, plural } from "./runs-text.js";
import { formatTable } from "./table.js";

/** A table with the id, the count, the age of the last time, the kernels and the title; then what was left alone. */
export function formatCrashes({ crashes, leftAlone }: KeptCrashes, nowMs: number): string[] {
  const rows = crashes.map((one) => [
    one.id,
    one.severity,
    String(one.count),
    formatAge(nowMs - Date.parse(one.lastSeen)),
    visible(one.kernels.map(({ name }) => name).join(", ")),
    visible(one.title),
  ]);
  return [
    ...(crashes.length === 0
      ? ["no crashes are kept here"]
      : formatTable([["crash", "severity", "seen", "last, ago", "kernels", "title"], ...rows])),
    ...leftAlone.map((sentence) => `left alone: ${visible(sentence)}`),
  ];
}

/**
 * @param root the folder that holds `crashes`, which the runs' folders are relative to
 * @param exists whether a run's folder is still there
 */
export function formatCrash(
  crash: KeptCrash,
  root: string,
  exists: (path: string) => boolean,
): string[] {
  const { report } = crash;
  const runs = crash.runs.map(({ folder, at }) => {
    const path = resolve(root, folder);
    return `    ${shortTime(at)}  ${visible(path)}${exists(path) ? "" : " (removed)"}`;
  });
  return [
    visible(crash.title),
    `  id       ${crash.id}`,
    `  class    ${crash.class} (${crash.severity})`,
    `  seen     ${plural(crash.count, "time")}, first ${shortTime(crash.firstSeen)}, last ${shortTime(crash.lastSeen)}`,
    `  kernels  ${namesOf(crash.kernels)}`,
    `  lanes    ${namesOf(crash.lanes)}`,
    ...(crash.steps.length === 0 ? [] : [`  steps    ${namesOf(crash.steps)}`]),
    ...(runs.length < crash.count ? [`  the last ${runs.length} runs`] : ["  runs"]),
    ...runs,
    ...reportLines(report),
  ];
}

function reportLines({ lines, backtrace, isWhole }: Crash["report"]): readonly string[] {
  const part = isWhole ? "" : ", of which the end was not seen";
  return [
    ...(backtrace.length === 0 ? [] : ["  backtrace"]),
    ...backtrace.map((line) => `    ${visible(line)}`),
    ...(lines.length === 0 ? [] : [`  the best report${part}`]),
    ...lines.map((line) => `    ${visible(line)}`),
  ];
}

function namesOf(names: NameCounts): string {
  return names.map(({ name, count }) => `${visible(name)} ${count}×`).join(", ");
}

/** `2026-11-20 14:03`, in UTC. */
function shortTime(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}
