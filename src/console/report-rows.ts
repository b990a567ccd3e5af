/** How the reports' rows of the mark tables are written. */
import type { MarkClass } from "./events.js";
import type { ReportRow } from "./marks.js";

/** Linux' `%pS` and its kin up to the offset. Rust's mangled names are long. */
export const symbol = "(?<symbol>[\\w.$]{1,512})";

type More = Partial<
  Pick<
    ReportRow,
    "bystander" | "bursts" | "inside" | "details" | "frames" | "leadsTo" | "part" | "pick"
  >
>;

/** The kernel goes on. */
export function finding(
  name: string,
  markClass: MarkClass,
  pattern: RegExp,
  title: string,
  more: More = {},
): ReportRow {
  return {
    kind: "report",
    name,
    class: markClass,
    severity: "finding",
    pattern,
    title,
    frames: "all",
    ...more,
  };
}

/** The thread, or the kernel, does not go on. */
export function fault(
  name: string,
  markClass: "trap" | "bug",
  pattern: RegExp,
  title: string,
  more: More = {},
): ReportRow {
  return { ...finding(name, markClass, pattern, title, more), severity: "fatal" };
}
