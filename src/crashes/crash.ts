/**
 * A crash that is kept: every death and finding of one title, counted, in `.kernlane/crashes/ID/crash.json`. The folder's name is
 * made of the title alone, so that every run finds it.
 */
import { createHash } from "node:crypto";
import * as z from "zod";

/** What the file is called in the folder of its title. */
export const CRASH_FILE = "crash.json";

/** A folder's name: the first 48 bits of the title's SHA-256. */
export const crashId = /^[0-9a-f]{12}$/;

/** How many names of kernels, lanes and steps are kept, and how many runs: the newest. The counts go on. */
export const MAX_NAMES = 50;
export const MAX_RUNS = 100;

const count = z.number().int().positive();
const time = z.iso.datetime();

/** How often something was seen under one name; the names seen last come last. */
const namesSchema = z
  .array(z.strictObject({ name: z.string(), count }))
  .max(MAX_NAMES)
  .readonly();
export type NameCounts = z.infer<typeof namesSchema>;

const reportSchema = z.strictObject({
  /** As the kernel printed it. */
  lines: z.array(z.string()).readonly(),
  /** The backtrace, with source lines where they were found. */
  backtrace: z.array(z.string()).readonly(),
  /** Whether all of the report was seen, from its first line to its last. */
  isWhole: z.boolean(),
  /** Whether frames have source lines. */
  hasPlaces: z.boolean(),
});
/** One report of a crash: of all that were seen the best is kept. */
export type CrashReport = Readonly<z.infer<typeof reportSchema>>;

const severity = z.enum(["fatal", "finding"]);

export const crashSchema = z.strictObject({
  schema: z.literal("kernlane-crash/1"),
  title: z.string(),
  /** As in `docs/console-marks.md`; `hang` and `reset` for a death of which the console says nothing. */
  class: z.string(),
  severity,
  /** ISO 8601, as the other times. */
  firstSeen: time,
  lastSeen: time,
  /** In how many columns it was seen. */
  count,
  /** The columns' names, with what their kernels call themselves: `TWQDEBUG (6.1.192-TWQDEBUG)`. */
  kernels: namesSchema,
  lanes: namesSchema,
  /** The steps that were under way. */
  steps: namesSchema,
  /** The newest last. */
  runs: z
    .array(
      z.strictObject({
        /** Of the column, which is entered once. */
        runId: z.string(),
        /** The column's folder: relative to the folder that holds `crashes`, and absolute elsewhere. */
        folder: z.string(),
        at: time,
      }),
    )
    .max(MAX_RUNS)
    .readonly(),
  report: reportSchema,
});
export type Crash = Readonly<z.infer<typeof crashSchema>>;

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
