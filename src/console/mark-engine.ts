/**
 * Lines → marks and reports, by a mark table.
 *
 * At most one report is open, and at most one start line waits for a second sign; what comes meanwhile is held back with it, so
 * that a harmless line leaves no trace. What happens behind a fatal report belongs to it: the first cause gives the title.
 */
import { anyOf } from "./any-of.js";
import {
  openCandidate,
  isConfirmed,
  mayBeLast,
  takeWhileWaiting,
  type Candidate,
} from "./candidate.js";
import type { Closing, ConsoleEvent, MarkEvent, Span } from "./events.js";
import type { KernelLine } from "./kernel-line.js";
import type { LineRow, MarkTable, PromptRow, ReportRow } from "./marks.js";
import {
  absorb,
  closedEvent,
  openedEvent,
  openReport,
  takeLine,
  type OpenReport,
  type RowMatch,
} from "./open-report.js";
import { matchPrompt, matchRow, type Found, type FoundPrompt } from "./row-match.js";
import type { SymbolAt } from "./stack.js";
import { fillTitle, maxIdentityLength } from "./titles.js";

export interface MarkEngine {
  line(line: KernelLine): void;
  prompt(text: string, span: Span): void;
  /** The line is not at its end, and nothing came for a while, or nothing will. */
  unfinished(text: string, span: Span): void;
  /** Nothing came for a while (`quiet`), or nothing will (`end`). */
  settle(closedBy: "quiet" | "end"): void;
}

interface State {
  readonly table: MarkTable;
  readonly anySignal: RegExp;
  readonly symbolAt: SymbolAt | undefined;
  readonly emit: (event: ConsoleEvent) => void;
  reports: number;
  open: OpenReport | undefined;
  candidate: Candidate | undefined;
  waiting: WaitingMark | undefined;
  recent: readonly KernelLine[];
  /** Where the unfinished line begins that was a mark. */
  unfinishedAt: number | undefined;
  /** How many lines began with the kernel's own prefix. */
  prefixedLines: number;
}

/** A mark that counts only when the next lines confirm it. */
interface WaitingMark {
  readonly row: LineRow;
  readonly event: MarkEvent;
  linesLeft: number;
}

const markConfirmedWithin = 3;
const recentLines = 8;
/** From so many prefixed lines on this kernel prints its time, and a line without it can confirm nothing. */
const prefixIsHabitFrom = 4;

export function openMarkEngine(
  table: MarkTable,
  emit: (event: ConsoleEvent) => void,
  symbolAt?: SymbolAt,
): MarkEngine {
  const state: State = {
    table,
    anySignal: anyOf(table.signals.map(({ pattern }) => pattern)),
    symbolAt,
    emit,
    reports: 0,
    open: undefined,
    candidate: undefined,
    waiting: undefined,
    recent: [],
    unfinishedAt: undefined,
    prefixedLines: 0,
  };
  return {
    line: (line) => takeKernelLine(state, line),
    prompt(text, span) {
      const found = matchPrompt(text, state.recent, table, false);
      if (found !== undefined) takePrompt(state, found, text, span);
    },
    unfinished(text, span) {
      const found = matchPrompt(text, state.recent, table, true);
      if (found === undefined || span.startOffsetBytes === state.unfinishedAt) return;
      state.unfinishedAt = span.startOffsetBytes;
      takePrompt(state, found, text, span);
    },
    settle(closedBy) {
      suspect(state, closedBy);
      close(state, closedBy);
    },
  };
}

function takeKernelLine(state: State, line: KernelLine): void {
  if (line.prefixed === "start") state.prefixedLines++;
  const fired = firedBy(state, line);
  checkWaitingMark(state, fired);
  if (state.candidate && isConfirmed(state.candidate.match.row, fired))
    confirm(state, state.candidate);
  const found = matchRow(line, state.recent.at(-1)?.text ?? "", state.table);
  if (found?.row.kind === "report") {
    takeReportStart(state, { ...found, row: found.row }, line, fired);
  } else {
    if (found?.row.kind === "line") takeMark(state, { ...found, row: found.row }, line);
    takeOther(state, line, fired);
  }
  state.recent = [...state.recent.slice(1 - recentLines), line];
}

/** The signals of a line. A program's imitation of a kernel's lines has none of the prefixes that this kernel prints. */
function firedBy(state: State, line: KernelLine): readonly string[] {
  const isImitation = state.prefixedLines >= prefixIsHabitFrom && line.prefixed === "no";
  if (line.foreign || isImitation || !state.anySignal.test(line.text)) return [];
  return state.table.signals
    .filter(({ pattern }) => pattern.test(line.text))
    .map(({ name }) => name);
}

function takeReportStart(
  state: State,
  found: Found<ReportRow>,
  line: KernelLine,
  fired: readonly string[],
): void {
  const { open, table } = state;
  if (open !== undefined && isPartOf(open, found.row)) {
    const rises = absorb(open, found, line);
    feed(state, line, fired);
    if (rises && state.open === open) state.emit(openedEvent(open));
    return;
  }
  refute(state);
  const before = state.recent.at(-1);
  const opener =
    before !== undefined && table.opener?.test(before.text) === true ? before.shown : undefined;
  const isProven = opener !== undefined || (line.prefixed === "start" && found.atStart);
  if ((isProven && found.row.isAlsoSaidOfPrograms !== true) || found.row.confirmedBy === undefined)
    start(state, found, line, opener);
  else state.candidate = openCandidate(found, line, fired);
}

/** What follows from a report is part of it: anything behind a fatal one, a panic behind the warning that asked for it. */
function isPartOf(open: OpenReport, row: ReportRow): boolean {
  if (open.severity === "fatal" || row.consequence === true) return true;
  if (open.match.row.leadsTo?.includes(row.name) === true) return true;
  return row.class === open.match.row.class && (row.part === true || row.bursts === true);
}

function takeMark(state: State, found: Found<LineRow>, line: KernelLine): void {
  const event = markOf(found.row, found.groups, line.text, line);
  if (found.row.confirmedBy !== undefined && line.prefixed !== "start") {
    state.waiting = { row: found.row, event, linesLeft: markConfirmedWithin };
  } else emitMark(state, event);
}

function checkWaitingMark(state: State, fired: readonly string[]): void {
  const { waiting } = state;
  if (waiting === undefined) return;
  const confirmed = isConfirmed(waiting.row, fired);
  if (confirmed) emitMark(state, waiting.event);
  if (confirmed || --waiting.linesLeft <= 0) state.waiting = undefined;
}

function emitMark(state: State, mark: MarkEvent): void {
  if (mark.class === "boot") {
    // A kernel starts: whatever was open belonged to the one before.
    suspect(state, "reboot");
    close(state, "reboot");
  }
  if (endsFindings(mark.class)) closeFinding(state);
  state.emit(mark);
}

/** Who shuts down, or asks for a name, has said what there was to a finding. A dying kernel's end is part of its report. */
function endsFindings(markClass: MarkEvent["class"]): boolean {
  return markClass === "end" || markClass === "login";
}

function closeFinding(state: State): void {
  if (state.open?.severity === "finding") close(state, "other-text");
}

function takeOther(state: State, line: KernelLine, fired: readonly string[]): void {
  if (state.candidate === undefined) feed(state, line, fired);
  else if (!takeWhileWaiting(state.candidate, line, fired)) refute(state);
}

function takePrompt(state: State, found: FoundPrompt, text: string, span: Span): void {
  const { row, groups } = found;
  if (row.severity === "fatal") {
    suspect(state, "end-text");
    close(state, "end-text");
  }
  if (endsFindings(row.class)) closeFinding(state);
  state.emit(markOf(row, groups, text, span));
}

function start(
  state: State,
  match: RowMatch<ReportRow>,
  line: KernelLine,
  opener: string | undefined,
): void {
  close(state, "next-report");
  state.open = openReport(++state.reports, match, line, opener, state);
  state.emit(openedEvent(state.open));
  if (match.row.frames === "none") close(state, "end-text");
}

function feed(state: State, line: KernelLine, fired: readonly string[]): void {
  const closedBy = state.open && takeLine(state.open, line, fired);
  if (closedBy !== undefined) close(state, closedBy);
}

function close(state: State, closedBy: Closing): void {
  const { open } = state;
  state.open = undefined;
  if (open !== undefined) state.emit(closedEvent(open, closedBy, "certain"));
}

function confirm(state: State, { match, lines: [first, ...rest] }: Candidate): void {
  state.candidate = undefined;
  start(state, match, first.line, undefined);
  for (const { line, fired } of rest) feed(state, line, fired);
}

/** It was nothing: its lines are those of the report that was open all along, if one was. */
function refute(state: State): void {
  const lines = state.candidate?.lines ?? [];
  state.candidate = undefined;
  for (const { line, fired } of lines) feed(state, line, fired);
}

/** The console ended behind a start line that nothing confirmed. */
function suspect(state: State, closedBy: Closing): void {
  const { candidate, table } = state;
  if (candidate === undefined) return;
  if (!mayBeLast(candidate, table)) {
    refute(state);
    return;
  }
  state.candidate = undefined;
  close(state, "next-report");
  const [first, ...rest] = candidate.lines;
  const report = openReport(++state.reports, candidate.match, first.line, undefined, state);
  for (const { line, fired } of rest) takeLine(report, line, fired);
  state.emit(openedEvent(report));
  state.emit(closedEvent(report, closedBy, "suspected"));
}

function markOf(
  row: LineRow | PromptRow,
  groups: RowMatch<LineRow>["groups"],
  text: string,
  { startOffsetBytes, endOffsetBytes }: Span,
): MarkEvent {
  const identity = row.kind === "line" ? row.identity : undefined;
  return {
    type: "mark",
    class: row.class,
    name: row.name,
    severity: row.severity,
    title: fillTitle(row.title, groups),
    text,
    ...(identity === undefined ? {} : { identity: fillTitle(identity, groups, maxIdentityLength) }),
    startOffsetBytes,
    endOffsetBytes,
  };
}
