/**
 * A report while it is being printed: takes lines, keeps what belongs to it within bounds, says when it is over.
 */
import type { Closing, Confidence, ReportEvent, ReportOpenedEvent } from "./events.js";
import type { KernelLine } from "./kernel-line.js";
import type { MarkTable, ReportRow } from "./marks.js";
import { readTask, type Task } from "./task.js";
import { guiltyFunction, saysWhere, titleName } from "./guilty.js";
import {
  guiltyStack,
  hasFrames,
  openStacks,
  readStackLine,
  type ReportStacks,
} from "./report-stacks.js";
import { parseFrame, type Frame, type SymbolAt } from "./stack.js";
import { fillTitle } from "./titles.js";
import { withTrapped } from "./trapped.js";

export interface RowMatch<Row> {
  readonly row: Row;
  /** Named groups of the pattern. */
  readonly groups: Readonly<Record<string, string | undefined>>;
}

export interface OpenReport {
  readonly id: number;
  readonly match: RowMatch<ReportRow>;
  readonly first: KernelLine;
  readonly table: MarkTable;
  readonly symbolAt: SymbolAt | undefined;
  /** Where the instruction is that the report names, by the kernel's symbols. */
  place: Frame | undefined;
  severity: ReportEvent["severity"];
  readonly signals: string[];
  readonly following: string[];
  readonly evidence: string[];
  evidenceLength: number;
  evidenceCut: boolean;
  readonly stacks: ReportStacks;
  readonly details: Record<string, string>;
  task: Task;
  /** Other text since the last line that belongs here: it turns out later whether it is the end or only in between. */
  held: KernelLine[];
  /** The start line that was absorbed last. */
  absorbed: KernelLine | undefined;
  /** The text of the last line. */
  before: string;
  lines: number;
  length: number;
  endOffsetBytes: number;
}

const maxEvidenceLines = 400;
const maxEvidenceLength = 65536;
const maxReportLines = 1000;
const maxReportLength = 131072;
const maxFollowing = 16;

/** Groups and details that are functions: of the first line, of KCSAN's other side, of a line that says where. */
const functionNames = ["symbol", "other", "place"];

/** How many lines of other text in a row show that a report is over: after its backtrace, else. */
const patienceSettled = 12;
const patienceAfterFrames = 8;
const patience = 60;

/** @param opener the line before the first one, if it belongs to the report */
export function openReport(
  id: number,
  match: RowMatch<ReportRow>,
  first: KernelLine,
  opener: string | undefined,
  { table, symbolAt }: { readonly table: MarkTable; readonly symbolAt: SymbolAt | undefined },
): OpenReport {
  const report: OpenReport = {
    id,
    match,
    first,
    table,
    symbolAt,
    place: undefined,
    severity: match.row.severity,
    signals: ["first-line"],
    following: [],
    evidence: opener === undefined ? [] : [opener],
    evidenceLength: 0,
    evidenceCut: false,
    stacks: openStacks(match.row, table, first),
    details: {},
    task: {},
    held: [],
    absorbed: undefined,
    before: first.text,
    lines: 0,
    length: 0,
    endOffsetBytes: first.endOffsetBytes,
  };
  if (first.prefixed !== "no") addSignal(report, "printk-prefix");
  if (opener !== undefined) addSignal(report, "opener");
  keep(report, first);
  return report;
}

/** What is over, if this line showed it. The line is not part of the report when that is `other-text`. */
export function takeLine(
  report: OpenReport,
  line: KernelLine,
  fired: readonly string[],
): Closing | undefined {
  if (line.foreign) return undefined;
  const frame = parseFrame(line.text, report.before);
  report.before = line.text;
  if (!belongs(report, line, frame) || (line.text.trim() === "" && report.held.length > 0)) {
    report.held.push(line);
    return report.held.length > patienceOf(report) ? "other-text" : undefined;
  }
  for (const name of fired) addSignal(report, name);
  takeHeld(report);
  keep(report, line);
  readStackLine(report.stacks, line, frame);
  report.length += line.shown.length + 1;
  if (++report.lines >= maxReportLines || report.length >= maxReportLength) return "size";
  return report.severity === "fatal" && report.table.ends.test(line.text) ? "end-text" : undefined;
}

/** A further start line that belongs to this report. `true` when it made a finding fatal. */
export function absorb(
  report: OpenReport,
  { row, groups }: RowMatch<ReportRow>,
  line: KernelLine,
): boolean {
  const { severity, following, match } = report;
  addSignal(report, row.name);
  report.absorbed = line;
  const title = fillTitle(row.title, groups);
  const rises = severity === "finding" && row.severity === "fatal";
  const isToldOn = !rises && match.row.leadsTo?.includes(row.name) === true;
  const isNews =
    row.part !== true &&
    !isToldOn &&
    !(row.bursts && row === match.row) &&
    !following.includes(title);
  if (isNews && following.length < maxFollowing) following.push(title);
  if (rises) report.severity = "fatal";
  return rises;
}

export function openedEvent(report: OpenReport): ReportOpenedEvent {
  return { type: "report-opened", ...headOf(report) };
}

export function closedEvent(
  report: OpenReport,
  closedBy: Closing,
  confidence: Confidence,
): ReportEvent {
  const { endOffsetBytes, signals, following, evidence, evidenceCut } = report;
  return {
    type: "report",
    ...headOf(report),
    endOffsetBytes,
    confidence,
    signals,
    followedBy: following,
    evidence,
    evidenceCut,
    frames: stackOf(report).frames,
    task: report.task,
    closedBy,
  };
}

function headOf(report: OpenReport): Omit<ReportOpenedEvent, "type"> {
  const { id, severity, first, match } = report;
  return {
    id,
    class: match.row.class,
    name: match.row.name,
    severity,
    title: titleOf(report),
    startOffsetBytes: first.startOffsetBytes,
  };
}

/** The guilty backtrace with the place that the report names, and the function that it is about. */
function stackOf({ match, table, stacks, place }: OpenReport): ReturnType<typeof guiltyStack> {
  const stack = guiltyStack(stacks);
  const frames = withTrapped(stack.frames, place, table.reporters);
  if (frames === stack.frames) return stack;
  const guilty = guiltyFunction(frames, table, match.row.pick);
  return { frames, function: guilty ?? stack.function ?? place?.function };
}

function titleOf(report: OpenReport): string {
  const { match, table, details } = report;
  const named = { ...match.groups, ...details };
  const functions = Object.fromEntries(
    functionNames.flatMap((name) => (named[name] ? [[name, titleName(named[name])]] : [])),
  );
  const told = (name: string): string | undefined =>
    functions[name] !== undefined && !table.reporters.test(functions[name])
      ? functions[name]
      : undefined;
  const first = told("symbol");
  const { frames, function: guilty } = stackOf(report);
  const frame = first ?? guilty ?? told("place") ?? functions["symbol"];
  const isSaid = saysWhere(named["text"] ?? "", first, guilty, frames);
  const where = isSaid ? undefined : guilty;
  return fillTitle(match.row.title, { ...named, ...functions, frame, where });
}

/** Whether the line belongs here. What a program printed meanwhile does not, however it looks. */
function belongs(
  { first, table, absorbed, severity }: OpenReport,
  line: KernelLine,
  frame: Frame | undefined,
): boolean {
  if (line === absorbed) return true;
  if (first.prefixed !== "no" && line.prefixed === "no") return false;
  const body = severity === "fatal" ? table.body : (table.findingBody ?? table.body);
  return frame !== undefined || body.test(line.text);
}

function patienceOf({ stacks, severity }: OpenReport): number {
  if (stacks.settled) return patienceSettled;
  return hasFrames(stacks) && severity === "finding" ? patienceAfterFrames : patience;
}

function addSignal({ signals }: OpenReport, name: string): void {
  if (!signals.includes(name)) signals.push(name);
}

function keep(report: OpenReport, line: KernelLine): void {
  report.evidenceLength += line.shown.length + 1;
  const fits =
    report.evidence.length < maxEvidenceLines && report.evidenceLength <= maxEvidenceLength;
  if (fits) report.evidence.push(line.shown);
  else report.evidenceCut = true;
  report.endOffsetBytes = line.endOffsetBytes;
  readDetails(report, line);
  readPlace(report, line);
  report.task = readTask(report.task, line.text, report.table.tasks);
}

/** What was held back was only in between. */
function takeHeld(report: OpenReport): void {
  for (const line of report.held) {
    keep(report, line);
    readStackLine(report.stacks, line, undefined);
  }
  report.held = [];
}

function readDetails({ match, details }: OpenReport, line: KernelLine): void {
  for (const [name, pattern] of Object.entries(match.row.details ?? {})) {
    const found = name in details ? undefined : pattern.exec(line.text)?.[1];
    if (found !== undefined) details[name] = found;
  }
}

function readPlace(report: OpenReport, { text }: KernelLine): void {
  const address = report.match.row.address?.exec(text)?.[1];
  if (address === undefined || report.place !== undefined) return;
  const found = report.symbolAt?.(BigInt(`0x${address}`));
  if (found === undefined) return;
  report.place = {
    function: found.name,
    offsetBytes: found.offsetBytes,
    address: `0x${address}`,
    isExact: true,
    reliable: true,
  };
}
