/**
 * A run for a person at a terminal: the transition table, each column's verdict with what it rests on, and where the
 * files are. Pure; guest text comes in visible form only.
 */
import { relative } from "node:path";
import { formatDuration } from "../base/units.js";
import { visible } from "../console/visible.js";
import type { Style } from "./style.js";
import { formatTable } from "./table.js";

/** The part of a run's record that is shown. */
export interface ReportedRun {
  readonly folder: string;
  readonly columns: readonly ReportedColumn[];
  readonly transitions: readonly Row[];
}

interface ReportedColumn {
  readonly kernel: string;
  readonly verdict: string | null;
  readonly title: string;
  readonly evidence: readonly string[];
  readonly error: { readonly hint: string | null } | null;
  readonly accel: string;
  readonly phases: { readonly totalMs: number };
  readonly steps: readonly { readonly step: string; readonly result: "met" | "unmet" | "none" }[];
  readonly files: { readonly console: string; readonly record: string };
}

/** What is printed of one column's evidence; the rest is in its record. */
const SHOWN_EVIDENCE = 40;

/**
 * @param cwd paths below it are shown relative to it
 * @param before the run that this one is compared with: what a kernel showed otherwise then is put beside it
 */
export function formatRun(
  run: ReportedRun,
  style: Style,
  cwd: string,
  before?: ReportedRun,
): string {
  const lines = [
    ...transitionTable(run, style, before),
    "",
    ...verdictLines(run.columns, style),
    ...run.columns.flatMap((column) => evidenceLines(column, style, cwd)),
    "",
    ...run.columns.map((column) => `console  ${shortPath(column.files.console, cwd)}`),
    `record   ${shortPath(`${run.folder}/record.json`, cwd)}`,
  ];
  return lines.join("\n") + "\n";
}

/** The step, then what it showed under each kernel; what was not expected is marked, and what was otherwise before. */
function transitionTable(
  run: ReportedRun,
  style: Style,
  before: ReportedRun | undefined,
): readonly string[] {
  const kernels = run.columns.map((column) => column.kernel);
  const cell = (row: Row, column: ReportedColumn): string => {
    const unmet = column.steps.some((one) => one.step === row["step"] && one.result === "unmet");
    const seen = visible(row[column.kernel] ?? "") + (unmet ? " ✗" : "");
    return seen + changeSince(before, row, column.kernel);
  };
  const rows = run.transitions.map((row) => [
    visible(row["step"] ?? ""),
    ...run.columns.map((column) => cell(row, column)),
  ]);
  const [head = "", ...body] = formatTable([["step", ...kernels], ...rows]);
  return [style.bold(head), ...body.map((line) => (line.includes("✗") ? style.red(line) : line))];
}

type Row = Readonly<Record<string, string>>;

/** Nothing is said of a kernel that was not there before. */
function changeSince(before: ReportedRun | undefined, row: Row, kernel: string): string {
  if (!before?.columns.some((column) => column.kernel === kernel)) return "";
  const then = before.transitions.find(({ step }) => step === row["step"])?.[kernel];
  if (then === undefined) return " (new)";
  return then === row[kernel] ? "" : ` (was ${visible(then)})`;
}

function verdictLines(columns: readonly ReportedColumn[], style: Style): readonly string[] {
  const rows = columns.map((column) => [
    column.kernel,
    column.verdict ?? "error",
    visible(column.title),
    `${formatDuration(column.phases.totalMs)} (${column.accel || "not started"})`,
  ]);
  return formatTable(rows).map((line, index) =>
    columns[index]?.verdict === "passed" ? style.green(line) : style.red(line),
  );
}

function evidenceLines(column: ReportedColumn, style: Style, cwd: string): readonly string[] {
  const hint = column.error?.hint;
  const shown = [...column.evidence.slice(0, SHOWN_EVIDENCE), ...(hint ? [`hint: ${hint}`] : [])];
  const rest = column.evidence.length - SHOWN_EVIDENCE;
  if (shown.length === 0) return [];
  return [
    "",
    style.bold(`${column.kernel}:`),
    ...shown.map((line) => `  ${visible(line)}`),
    ...(rest > 0 ? [`  … ${rest} more lines in ${shortPath(column.files.record, cwd)}`] : []),
  ];
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
}
