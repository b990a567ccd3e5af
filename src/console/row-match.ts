import type { KernelLine } from "./kernel-line.js";
import type { LineRow, MarkTable, ReportRow } from "./marks.js";
import type { RowMatch } from "./open-report.js";

/** What a line matched, and whether it stood at a line's start. */
export interface Found<Row extends LineRow | ReportRow> extends RowMatch<Row> {
  readonly atStart: boolean;
}

/**
 * The first row of the table that a line matches. A report that begins behind words which only inform ("Syncing disks, …
 * panic: …") counts more than those.
 *
 * @param previous the text of the line before
 */
export function matchRow(
  line: KernelLine,
  previous: string,
  table: MarkTable,
): Found<LineRow | ReportRow> | undefined {
  const found = line.foreign || line.continues ? undefined : firstAtStart(line, previous, table);
  const isWeighty =
    found !== undefined && (found.row.kind === "report" || found.row.severity === "fatal");
  return isWeighty ? found : (matchInside(line.text, table) ?? found);
}

function firstAtStart(
  line: KernelLine,
  previous: string,
  table: MarkTable,
): Found<LineRow | ReportRow> | undefined {
  for (const row of table.rows) {
    const found = row.kind === "prompt" ? undefined : matchStart(row, line.text, previous);
    if (found !== undefined) return found;
  }
  return undefined;
}

function matchStart(
  row: LineRow | ReportRow,
  text: string,
  previous: string,
): Found<LineRow | ReportRow> | undefined {
  const match = row.pattern.exec(text);
  if (match === null) return undefined;
  if (row.kind === "report" || row.previous === undefined) {
    return { row, groups: match.groups ?? {}, atStart: true };
  }
  const before = row.previous.exec(previous);
  return before === null
    ? undefined
    : { row, groups: { ...before.groups, ...match.groups }, atStart: true };
}

/** A report may begin behind what a program had written. A dot before it makes it a name (`debug.kdb.panic: 0`). */
function matchInside(text: string, table: MarkTable): Found<LineRow | ReportRow> | undefined {
  if (table.ends.test(text)) return undefined;
  for (const row of table.rows) {
    if (row.kind !== "report" || row.inside === undefined) continue;
    const at = text.lastIndexOf(row.inside);
    if (at <= 0 || text[at - 1] === ".") continue;
    const match = row.pattern.exec(text.slice(at));
    if (match !== null) return { row, groups: match.groups ?? {}, atStart: false };
  }
  return undefined;
}
