/**
 * A report while it is being printed: takes lines, keeps what belongs to it within bounds, says when it is over.
 */
import type { ReportEvent, ReportOpenedEvent } from "./events.js";
import type { KernelLine } from "./kernel-line.js";
import type { MarkTable, ReportRow } from "./marks.js";
import { guiltyFunction, parseFrame, type Frame } from "./stack.js";
import { fillTitle } from "./titles.js";

export interface RowMatch<Row> {
  readonly row: Row;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

type Closing = ReportEvent["closedBy"];

export interface OpenReport {
  readonly row: ReportRow;
  readonly fatal: boolean;
  opened(): ReportOpenedEvent;
  /** What is over, if this line showed it. The line is not part of the report when that is `other-text`. */
  take(line: KernelLine, fired: readonly string[]): Closing | undefined;
  /** A further start line that belongs to this report. `true` when it made a finding fatal. */
  absorb(match: RowMatch<ReportRow>): boolean;
  signal(name: string): void;
  close(closedBy: Closing, confidence: ReportEvent["confidence"]): ReportEvent;
}

const maxEvidenceLines = 400;
const maxEvidenceLength = 65536;
const maxReportLines = 1000;
const maxReportLength = 131072;
const maxFrames = 64;
const maxFollowing = 16;

/** How many lines of other text in a row show that a report is over: after its backtrace, else. */
const patienceSettled = 12;
const patienceAfterFrames = 8;
const patience = 60;

export function openReport(
  id: number,
  match: RowMatch<ReportRow>,
  first: KernelLine,
  openerLine: string | undefined,
  table: MarkTable,
): OpenReport {
  const { row } = match;
  const evidence: string[] = [];
  const signals: string[] = ["first-line"];
  const following: string[] = [];
  const frames: Frame[] = [];
  const details: Record<string, string> = {};
  let held: KernelLine[] = [];
  let severity = row.severity;
  let collecting = row.frames === "all";
  let settled = false;
  let cut = false;
  let lines = 0;
  let length = 0;
  let evidenceLength = 0;
  let endOffsetBytes = first.endOffsetBytes;

  function signal(name: string): void {
    if (!signals.includes(name)) signals.push(name);
  }

  function keep(line: KernelLine): void {
    evidenceLength += line.shown.length + 1;
    if (evidence.length < maxEvidenceLines && evidenceLength <= maxEvidenceLength) {
      evidence.push(line.shown);
    } else cut = true;
    endOffsetBytes = line.endOffsetBytes;
  }

  function title(): string {
    const { symbol } = match.groups;
    const named = symbol === undefined || table.reporters.test(symbol) ? undefined : symbol;
    const frame = named ?? guiltyFunction(frames, table.reporters) ?? symbol;
    return fillTitle(row.title, { ...match.groups, frame, ...details });
  }

  function head(): Omit<ReportOpenedEvent, "type"> {
    const { class: markClass, name } = row;
    return {
      id,
      class: markClass,
      name,
      severity,
      title: title(),
      startOffsetBytes: first.startOffsetBytes,
    };
  }

  function readFrame(line: KernelLine, frame: Frame | undefined): void {
    if (row.frames instanceof RegExp && row.frames.test(line.text)) collecting = true;
    const otherCaller =
      first.caller !== undefined && line.caller !== undefined && first.caller !== line.caller;
    if (frame !== undefined && collecting && !otherCaller && frames.length < maxFrames)
      frames.push(frame);
    if (frames.length > 0 && table.settles?.test(line.text)) [settled, collecting] = [true, false];
  }

  function readDetails(line: KernelLine): void {
    for (const [name, pattern] of Object.entries(row.details ?? {})) {
      const found = name in details ? undefined : pattern.exec(line.text)?.[1];
      if (found !== undefined) details[name] = found;
    }
  }

  function limit(): number {
    if (settled) return patienceSettled;
    return frames.length > 0 && severity === "finding" ? patienceAfterFrames : patience;
  }

  /** Whether the line belongs here. What a program printed meanwhile does not, however it looks. */
  function belongs(line: KernelLine, frame: Frame | undefined): boolean {
    if (first.prefixed !== "no" && line.prefixed === "no") return false;
    return frame !== undefined || table.body.test(line.text);
  }

  if (openerLine !== undefined) evidence.push(openerLine);
  keep(first);
  readDetails(first);
  if (first.prefixed !== "no") signal("printk-prefix");

  return {
    row,
    get fatal() {
      return severity === "fatal";
    },
    opened: () => ({ type: "report-opened", ...head() }),
    signal,
    take(line, fired) {
      if (line.foreign) return undefined;
      fired.forEach(signal);
      const frame = parseFrame(line.text);
      if (!belongs(line, frame) || (line.text.trim() === "" && held.length > 0)) {
        held.push(line);
        return held.length > limit() ? "other-text" : undefined;
      }
      [...held, line].forEach(keep);
      held = [];
      readDetails(line);
      readFrame(line, frame);
      length += line.shown.length + 1;
      if (++lines >= maxReportLines || length >= maxReportLength) return "size";
      return severity === "fatal" && table.ends.test(line.text) ? "end-text" : undefined;
    },
    absorb(further) {
      signal(further.row.name);
      const followedBy = fillTitle(further.row.title, further.groups);
      const isNews = !further.row.part && followedBy !== title() && !following.includes(followedBy);
      if (isNews && following.length < maxFollowing) following.push(followedBy);
      const rises = severity === "finding" && further.row.severity === "fatal";
      if (rises) severity = "fatal";
      return rises;
    },
    close: (closedBy, confidence) => ({
      type: "report",
      ...head(),
      endOffsetBytes,
      confidence,
      signals,
      followedBy: following,
      evidence,
      evidenceCut: cut,
      frames,
      closedBy,
    }),
  };
}
