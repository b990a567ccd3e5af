/**
 * A line that looks like the first of a report, and what came behind it, until a second sign says whether it is one. Words like
 * `panic:` stand in harmless text too: in an rc.conf, in a sysctl's name, in the title of a test.
 */
import type { KernelLine } from "./kernel-line.js";
import type { LineRow, MarkTable, ReportRow } from "./marks.js";
import type { RowMatch } from "./open-report.js";
import type { Found } from "./row-match.js";

interface SeenLine {
  readonly line: KernelLine;
  /** Names of the signals that fired on it. */
  readonly fired: readonly string[];
}

export interface Candidate {
  readonly match: RowMatch<ReportRow>;
  /** Whether it began where a line begins. */
  readonly atStart: boolean;
  readonly lines: [SeenLine, ...SeenLine[]];
  linesLeft: number;
}

const confirmedWithin = 8;
/** Behind a program's text less is believed for less long. */
const confirmedInsideWithin = 3;

export function openCandidate(
  found: Found<ReportRow>,
  line: KernelLine,
  fired: readonly string[],
): Candidate {
  const isInside = !found.atStart || line.prefixed === "inside";
  return {
    match: found,
    atStart: found.atStart,
    lines: [{ line, fired }],
    linesLeft: isInside ? confirmedInsideWithin : confirmedWithin,
  };
}

export function isConfirmed(row: LineRow | ReportRow, fired: readonly string[]): boolean {
  return fired.some((name) => row.confirmedBy?.includes(name));
}

/** `false` when it waited long enough. */
export function takeWhileWaiting(
  candidate: Candidate,
  line: KernelLine,
  fired: readonly string[],
): boolean {
  candidate.lines.push({ line, fired });
  return --candidate.linesLeft > 0;
}

/** Whether it can be a kernel's last word: nothing was printed behind it that a dying kernel does not print. */
export function mayBeLast({ atStart, lines }: Candidate, table: MarkTable): boolean {
  return (
    atStart &&
    lines.slice(1).every(({ line }) => line.text.trim() === "" || table.body.test(line.text))
  );
}
