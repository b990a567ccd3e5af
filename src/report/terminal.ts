/**
 * A run for a person at a terminal: the transition table, each column's verdict with what it rests on, and where the
 * files are. Pure; guest text comes in visible form only.
 */
import { relative, resolve } from "node:path";
import { formatDuration } from "../base/units.js";
import { visible } from "../console/visible.js";
import { deathSeen, describeSeen } from "../crashes/seen-crash.js";
import type { ColumnRecord, RunRecord, TransitionRow } from "../run/record.js";
import { formatDump, formatFrozen } from "./scene-text.js";
import type { Style } from "./style.js";
import { formatTable } from "./table.js";

/** What is printed of one column's evidence; the rest is in its record. */
const SHOWN_EVIDENCE = 40;

interface RunFormat {
  /** The run that this one is compared with: what a kernel showed otherwise then is put beside it. */
  readonly before?: RunRecord;
  /** Whether the run has left its record: one that was killed has none. Default true. */
  readonly hasRecord?: boolean;
}

/**
 * @param cwd paths below it are shown relative to it
 */
export function formatRun(
  run: RunRecord,
  style: Style,
  cwd: string,
  { before, hasRecord = true }: RunFormat = {},
): string {
  const lines = [
    ...transitionTable(run, style, before),
    "",
    ...verdictLines(run.columns, style),
    ...run.columns.flatMap((column) => evidenceLines(column, style, cwd, hasRecord)),
    "",
    ...run.columns.map((column) => `console  ${shortPath(fileOf(column, "console"), cwd)}`),
    ...run.columns.flatMap((column) => sceneLines(column, cwd)),
    ...(hasRecord ? [`record   ${shortPath(`${run.folder}/record.json`, cwd)}`] : []),
  ];
  return lines.join("\n") + "\n";
}

/** The step, then what it showed under each kernel; what was not expected is marked, and what was otherwise before. */
function transitionTable(
  run: RunRecord,
  style: Style,
  before: RunRecord | undefined,
): readonly string[] {
  const kernels = run.columns.map((column) => column.kernel);
  const cell = (row: TransitionRow, column: ColumnRecord): string => {
    const unmet = column.steps.some((one) => isSameRow(one, row) && one.result === "unmet");
    const seen = row.columns[column.kernel] ?? "";
    return visible(seen) + (unmet ? " ✗" : "") + changeSince(before, row, column.kernel, seen);
  };
  const rows = run.transitions.map((row) => [
    (row.of === undefined ? "" : "  ") + visible(row.step),
    ...run.columns.map((column) => cell(row, column)),
  ]);
  const [head = "", ...body] = formatTable([["step", ...kernels], ...rows]);
  return [style.bold(head), ...body.map((line) => (line.includes("✗") ? style.red(line) : line))];
}

/** Nothing is said of a kernel that was not in the run before. */
function changeSince(
  before: RunRecord | undefined,
  row: TransitionRow,
  kernel: string,
  seen: string,
): string {
  if (!before?.columns.some((column) => column.kernel === kernel)) return "";
  const earlier = before.transitions.find((one) => isSameRow(one, row))?.columns[kernel];
  if (earlier === undefined) return " (new)";
  return earlier === seen ? "" : ` (was ${visible(earlier)})`;
}

type RowName = Pick<TransitionRow, "step" | "of">;

function isSameRow(one: RowName, other: RowName): boolean {
  return one.step === other.step && one.of === other.of;
}

function verdictLines(columns: readonly ColumnRecord[], style: Style): readonly string[] {
  const rows = columns.map((column) => [
    column.kernel,
    column.verdict ?? "error",
    visible(column.title) + deathSeen(column.crashes),
    `${formatDuration(column.phases.totalMs)} (${column.accel || "not started"})`,
  ]);
  return formatTable(rows).map((line, index) =>
    columns[index]?.verdict === "passed" ? style.green(line) : style.red(line),
  );
}

/** What belongs to a column and is no evidence. */
function besideLines({ crashes, notices }: ColumnRecord): readonly string[] {
  const findings = crashes.filter(({ severity }) => severity === "finding");
  return [
    ...findings.map((one) => `finding  ${one.title}: ${describeSeen(one)}`),
    ...notices.map((notice) => `note     ${notice}`),
  ];
}

function evidenceLines(
  column: ColumnRecord,
  style: Style,
  cwd: string,
  hasRecord: boolean,
): readonly string[] {
  const hint = column.error?.hint;
  const shown = [...column.evidence.slice(0, SHOWN_EVIDENCE), ...(hint ? [`hint: ${hint}`] : [])];
  const more = column.evidence.length - SHOWN_EVIDENCE;
  const beside = besideLines(column);
  if (shown.length + beside.length === 0) return [];
  return [
    "",
    style.bold(`${column.kernel}:`),
    ...shown.map((line) => `  ${visible(line)}`),
    ...(more > 0
      ? [
          `  … ${more} more lines${hasRecord ? ` in ${shortPath(fileOf(column, "record"), cwd)}` : ": see them with --json"}`,
        ]
      : []),
    ...beside.map((line) => `  ${visible(line)}`),
  ];
}

function sceneLines({ folder, scenes }: ColumnRecord, cwd: string): readonly string[] {
  return scenes.flatMap((scene) => {
    const path = resolve(folder, (scene.kind === "dump" ? scene.file : scene.folder) ?? "");
    const shown = shortPath(path, cwd);
    return scene.kind === "dump"
      ? formatDump(scene, path, shown)
      : formatFrozen(scene, shown, shortPath(folder, cwd));
  });
}

function fileOf({ folder, files }: ColumnRecord, file: keyof ColumnRecord["files"]): string {
  return resolve(folder, files[file]);
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
}
