import type { KernelLine } from "./kernel-line.js";
import type { LineRow, MarkTable, ReportRow } from "./marks.js";
import type { RowMatch } from "./open-report.js";

/** What a line matched, and whether it stood at a line's start. */
export interface Found<Row extends LineRow | ReportRow> extends RowMatch<Row> {
  readonly atStart: boolean;
}

/**
 * The first row of the table that a line matches.
 *
 * @param previous the text of the line before
 */
export function matchRow(
  line: KernelLine,
  previous: string,
  table: MarkTable,
): Found<LineRow | ReportRow> | undefined {
  if (!line.foreign && !line.continues) {
    for (const row of table.rows) {
      const found = row.kind === "prompt" ? undefined : matchStart(row, line.text, previous);
      if (found !== undefined) return found;
    }
  }
  return matchInside(line.text, table);
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
