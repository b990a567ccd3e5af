/**
 * Exit statuses; docs/cli.md has the table. 69 and 70 are EX_UNAVAILABLE and EX_SOFTWARE of sysexits(3).
 */
import type { WhoMustAct } from "../base/errors.js";
import type { RunRecord } from "../run/record.js";
import { interruption } from "./interrupts.js";

export const statusOfTrouble: Readonly<Record<WhoMustAct, number>> = {
  usage: 2,
  image: 2,
  host: 69,
  bug: 70,
};

/** 128 and the signal's number, as shells count. A record does not say which signal it was: Ctrl-C, most often. */
const INTERRUPTED_STATUS = 130;

export function exitStatusOf(record: RunRecord): number {
  if (record.interrupted) return interruption()?.status ?? INTERRUPTED_STATUS;
  const troubles = record.columns.flatMap(({ error }) =>
    error ? [statusOfTrouble[error.who]] : [],
  );
  if (troubles.length > 0) return Math.max(...troubles);
  return record.verdict === "passed" ? 0 : 1;
}
