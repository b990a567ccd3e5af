/** What a record keeps of a report, and by what its frames got their source lines. */
import type { ReportEvent } from "../console/events.js";
import type { SourceExcerpt, SourcePlace, SymbolFile } from "../symbols/symbols.js";
import { frameText } from "./frame-text.js";
import type { Guilt } from "./guilt.js";
import type { History } from "./history.js";

/** A report of the console, be it a finding or a death. */
export interface FindingRecord extends Pick<
  ReportEvent,
  "class" | "severity" | "title" | "startOffsetBytes"
> {
  readonly guilt: Guilt;
  /** In the order in which the kernel printed it. */
  readonly backtrace: readonly BacktraceFrame[];
  /** The source around the place that the finding is about, where the tree is there. */
  readonly source?: SourceExcerpt & { readonly line: number };
}

/** One frame, and its places in the source where they are known. */
interface BacktraceFrame {
  /** `twq_kernreturn+0x12 [twq]` */
  readonly frame: string;
  /** Innermost first: all but the last are calls that were inlined. */
  readonly places: readonly SourcePlace[];
  /** Why there are none. */
  readonly problem?: string;
}

export interface ColumnSymbols {
  /** Of the kernel that ran, in hexadecimal; null where it is not known. */
  readonly buildId: string | null;
  /** Of the kernel itself; null where none was found. */
  readonly file: Pick<SymbolFile, "path" | "provenBy"> | null;
}

export function findingsOf(seen: History): readonly FindingRecord[] {
  return seen.reports.map(
    ({ class: class_, severity, title, startOffsetBytes, guilt, frames }) => ({
      class: class_,
      severity,
      title,
      startOffsetBytes,
      guilt,
      backtrace: frames.map((frame) => ({ frame: frameText(frame), places: [] })),
    }),
  );
}
