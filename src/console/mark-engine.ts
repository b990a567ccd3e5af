/**
 * Lines → marks and reports, by a mark table.
 *
 * At most one report is open, and at most one start line waits for a second sign; what comes meanwhile is held back with it, so
 * that a harmless line leaves no trace. What happens behind a fatal report belongs to it: the first cause gives the title.
 */
import type { ConsoleEvent, MarkEvent, ReportEvent, Span } from "./events.js";
import type { KernelLine } from "./kernel-line.js";
import type { LineRow, MarkTable, PromptRow, ReportRow } from "./marks.js";
import { openReport, type OpenReport, type RowMatch } from "./open-report.js";
import { matchRow, type Found } from "./row-match.js";
import { fillTitle } from "./titles.js";

export interface MarkEngine {
  line(line: KernelLine): void;
  prompt(text: string, span: Span): void;
  /** Nothing came for a while (`quiet`), or nothing will (`end`). */
  settle(closedBy: "quiet" | "end"): void;
}

interface Candidate {
  readonly match: RowMatch<ReportRow>;
  readonly atStart: boolean;
  readonly opener: string | undefined;
  readonly lines: { readonly line: KernelLine; readonly fired: readonly string[] }[];
  linesLeft: number;
}

interface WaitingMark {
  readonly row: LineRow;
  readonly event: MarkEvent;
  linesLeft: number;
}

const confirmWithin = 8;
const confirmInsideWithin = 3;
const recentLines = 8;

export function openMarkEngine(table: MarkTable, emit: (event: ConsoleEvent) => void): MarkEngine {
  let reports = 0;
  let open: OpenReport | undefined;
  let candidate: Candidate | undefined;
  let waiting: WaitingMark | undefined;
  let recent: readonly KernelLine[] = [];

  function close(closedBy: ReportEvent["closedBy"]): void {
    const closing = open;
    open = undefined;
    if (closing !== undefined) emit(closing.close(closedBy, "certain"));
  }

  function feed(line: KernelLine, fired: readonly string[]): void {
    const closedBy = open?.take(line, fired);
    if (closedBy !== undefined) close(closedBy);
  }

  function start(match: RowMatch<ReportRow>, line: KernelLine, opener: string | undefined): void {
    close("next-report");
    open = openReport(++reports, match, line, opener, table);
    if (opener !== undefined) open.signal("opener");
    emit(open.opened());
    if (match.row.frames === "none") close("end-text");
  }

  function confirm(confirmed: Candidate): void {
    candidate = undefined;
    const [first, ...rest] = confirmed.lines;
    start(confirmed.match, first!.line, confirmed.opener);
    for (const { line, fired } of rest) feed(line, fired);
  }

  /** It was nothing: its lines are those of the report that was open all along, if one was. */
  function refute(refuted: Candidate): void {
    candidate = undefined;
    for (const { line, fired } of refuted.lines) feed(line, fired);
  }

  /** The console ended behind a start line: only what nothing else was printed after is worth a suspicion. */
  function suspect(suspected: Candidate, closedBy: ReportEvent["closedBy"]): void {
    const [first, ...rest] = suspected.lines;
    const isLast = rest.every(({ line }) => table.body.test(line.text) || line.text.trim() === "");
    if (!suspected.atStart || !isLast) {
      refute(suspected);
      return;
    }
    candidate = undefined;
    close("next-report");
    const report = openReport(++reports, suspected.match, first!.line, suspected.opener, table);
    for (const { line, fired } of rest) report.take(line, fired);
    emit(report.opened());
    emit(report.close(closedBy, "suspected"));
  }

  function takeReportStart(
    match: RowMatch<ReportRow>,
    found: Found,
    line: KernelLine,
    fired: readonly string[],
  ): void {
    if (open !== undefined && isPartOf(open, match.row)) {
      const rises = open.absorb(match);
      feed(line, fired);
      if (rises && open !== undefined) emit(open.opened());
      return;
    }
    const before = recent.at(-1);
    const opener = before && table.opener?.test(before.text) ? before.shown : undefined;
    const proven = opener !== undefined || (line.prefixed === "start" && found.atStart);
    if (match.row.confirmedBy === undefined || proven) {
      if (candidate) refute(candidate);
      start(match, line, opener);
      return;
    }
    if (candidate) refute(candidate);
    const linesLeft =
      found.atStart && line.prefixed !== "inside" ? confirmWithin : confirmInsideWithin;
    candidate = { match, atStart: found.atStart, opener, lines: [{ line, fired }], linesLeft };
  }

  function takeMark(match: RowMatch<LineRow>, line: KernelLine): void {
    const event = markOf(match.row, match.groups, line.text, line);
    if (match.row.confirmedBy !== undefined && line.prefixed !== "start") {
      waiting = { row: match.row, event, linesLeft: confirmInsideWithin };
      return;
    }
    if (match.row.class === "boot") restart();
    emit(event);
  }

  /** A kernel starts: whatever was open belonged to the one before. */
  function restart(): void {
    if (candidate) suspect(candidate, "reboot");
    close("reboot");
  }

  function takeOther(line: KernelLine, fired: readonly string[]): void {
    if (candidate === undefined) {
      feed(line, fired);
      return;
    }
    candidate.lines.push({ line, fired });
    if (--candidate.linesLeft <= 0) refute(candidate);
  }

  function checkWaiting(fired: readonly string[]): void {
    if (waiting === undefined) return;
    if (isConfirmed(waiting.row, fired)) {
      if (waiting.row.class === "boot") restart();
      emit(waiting.event);
      waiting = undefined;
    } else if (--waiting.linesLeft <= 0) waiting = undefined;
  }

  return {
    line(line) {
      const fired = line.foreign ? [] : firedBy(line, table);
      checkWaiting(fired);
      if (candidate && isConfirmed(candidate.match.row, fired)) confirm(candidate);
      const found = matchRow(line, recent.at(-1)?.text ?? "", table);
      if (found?.row.kind === "report")
        takeReportStart({ row: found.row, groups: found.groups }, found, line, fired);
      else {
        if (found?.row.kind === "line") takeMark({ row: found.row, groups: found.groups }, line);
        takeOther(line, fired);
      }
      recent = [...recent.slice(1 - recentLines), line];
    },
    prompt(text, span) {
      const row = table.rows.find((each) => isPrompt(each, text, recent));
      if (row === undefined) return;
      if (row.severity === "fatal") {
        if (candidate) suspect(candidate, "end-text");
        close("end-text");
      }
      emit(markOf(row, {}, text, span));
    },
    settle(closedBy) {
      if (candidate) suspect(candidate, closedBy);
      close(closedBy);
    },
  };
}

function isPartOf(open: OpenReport, row: ReportRow): boolean {
  if (open.fatal || row.consequence) return true;
  return row.class === open.row.class && (row.part === true || row.bursts === true);
}

function isConfirmed(row: LineRow | ReportRow, fired: readonly string[]): boolean {
  return fired.some((name) => row.confirmedBy?.includes(name));
}

function firedBy(line: KernelLine, table: MarkTable): readonly string[] {
  return table.signals.filter(({ pattern }) => pattern.test(line.text)).map(({ name }) => name);
}

function isPrompt(
  row: MarkTable["rows"][number],
  text: string,
  recent: readonly KernelLine[],
): row is PromptRow {
  if (row.kind !== "prompt" || !row.pattern.test(text)) return false;
  const { after } = row;
  return after === undefined || recent.some((line) => after.test(line.text));
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
    ...(identity === undefined ? {} : { identity: fillTitle(identity, groups) }),
    startOffsetBytes,
    endOffsetBytes,
  };
}
