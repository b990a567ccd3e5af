import { anyOf } from "./any-of.js";
import type { KernelLine } from "./kernel-line.js";
import type { LineRow, MarkTable, PromptRow, ReportRow } from "./marks.js";
import type { RowMatch } from "./open-report.js";

/** What a line matched, and whether it stood at a line's start. */
export interface Found<Row extends LineRow | ReportRow> extends RowMatch<Row> {
  readonly atStart: boolean;
}

/** What tells at once of most lines that no row of a table matches them. */
interface Filter {
  readonly start: RegExp;
  /** Texts that a report may begin with in the middle of a line. */
  readonly inside: readonly string[];
  readonly prompts: readonly PromptRow[];
}

/** A table is one value for as long as the program runs. */
const filters = new WeakMap<MarkTable, Filter>();

function filterOf(table: MarkTable): Filter {
  const known = filters.get(table);
  if (known !== undefined) return known;
  const rows = table.rows.filter((row) => row.kind !== "prompt");
  const inside = rows.flatMap((row) => (row.kind === "report" ? (row.inside ?? []) : []));
  const filter = {
    start: anyOf(rows.map((row) => row.pattern)),
    inside: [...new Set(inside)],
    prompts: table.rows.filter((row) => row.kind === "prompt"),
  };
  filters.set(table, filter);
  return filter;
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
  if (!filterOf(table).start.test(line.text)) return undefined;
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
  if (!filterOf(table).inside.some((words) => text.includes(words, 1))) return undefined;
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

export interface FoundPrompt {
  readonly row: PromptRow;
  readonly groups: RowMatch<LineRow>["groups"];
}

/**
 * The prompt row that a line without an end matches.
 *
 * @param recent the last lines before it, oldest first
 * @param isSilent whether nothing comes behind it: last words count then, and no others
 */
export function matchPrompt(
  text: string,
  recent: readonly KernelLine[],
  table: MarkTable,
  isSilent: boolean,
): FoundPrompt | undefined {
  for (const row of filterOf(table).prompts) {
    if ((row.silent === true) !== isSilent || !row.pattern.test(text)) continue;
    const { after } = row;
    if (after === undefined) return { row, groups: {} };
    const before = recent.map((line) => after.exec(line.text)).findLast((match) => match !== null);
    if (before != null) return { row, groups: before.groups ?? {} };
  }
  return undefined;
}
