/**
 * A crash that is kept: every death and finding of one title, counted, in `.kernlane/crashes/ID/crash.json`. The folder's name is
 * made of the title alone, so that every run finds it.
 */
import { createHash } from "node:crypto";

/** What the file is called in the folder of its title. */
export const CRASH_FILE = "crash.json";

/** A folder's name: the first 48 bits of the title's SHA-256. */
export const crashId = /^[0-9a-f]{12}$/;

/** How many names of kernels, lanes and steps are kept, and how many runs: the newest. The counts go on. */
export const MAX_NAMES = 50;
export const MAX_RUNS = 100;

/** How often something was seen under one name; the names seen last come last. */
export type NameCounts = readonly { readonly name: string; readonly count: number }[];

/** One report of a crash: of all that were seen the best is kept. */
export interface CrashReport {
  /** As the kernel printed it. */
  readonly lines: readonly string[];
  /** The backtrace, with source lines where they were found. */
  readonly backtrace: readonly string[];
  /** Whether all of the report was seen, from its first line to its last. */
  readonly isWhole: boolean;
  /** Whether frames have source lines. */
  readonly hasPlaces: boolean;
}

export interface Crash {
  readonly schema: "kernlane-crash/1";
  readonly title: string;
  /** As in `docs/console-marks.md`; `hang` and `reset` for a death of which the console says nothing. */
  readonly class: string;
  readonly severity: "fatal" | "finding";
  /** ISO 8601, as the other times. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** In how many columns it was seen. */
  readonly count: number;
  /** The columns' names, with what their kernels call themselves: `TWQDEBUG (6.1.192-TWQDEBUG)`. */
  readonly kernels: NameCounts;
  readonly lanes: NameCounts;
  /** The steps that were under way. */
  readonly steps: NameCounts;
  /** The newest last. */
  readonly runs: readonly CrashRun[];
  readonly report: CrashReport;
}

interface CrashRun {
  /** Of the column, which is entered once. */
  readonly runId: string;
  /** The column's folder: relative to the folder that holds `crashes`, and absolute elsewhere. */
  readonly folder: string;
  readonly at: string;
}

/** One death or finding of a column, as it is entered. */
export interface Sighting {
  readonly title: string;
  readonly class: string;
  readonly severity: Crash["severity"];
  /** The steps that were under way: several where processes or threads ran side by side. */
  readonly steps: readonly string[];
  readonly report: CrashReport;
}

/** Where it was seen. */
export interface SightingPlace {
  readonly lane: string;
  readonly kernel: string;
  readonly runId: string;
  /** The column's folder, absolute. */
  readonly folder: string;
  /** ISO 8601. */
  readonly at: string;
}

/** @example idOf("kernel panic: sysrq triggered crash") // "809e5aee9d8d" */
export function idOf(title: string): string {
  return createHash("sha256").update(title).digest("hex").slice(0, 12);
}
