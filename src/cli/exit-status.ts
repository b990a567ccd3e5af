/**
 * Exit statuses: 0 passed, 1 the guest failed, 2 usage, 69 this host cannot run it, 70 our bug, 130 interrupted.
 */
import type { WhoMustAct } from "../base/errors.js";
import type { RunRecord } from "../run/record.js";

export const INTERRUPTED_STATUS = 130;

/** 69 and 70 are EX_UNAVAILABLE and EX_SOFTWARE of sysexits(3). */
export const statusOfTrouble: Readonly<Record<WhoMustAct, number>> = {
  usage: 2,
  image: 2,
  host: 69,
  bug: 70,
};

export function exitStatusOf(record: RunRecord): number {
  if (record.interrupted) return INTERRUPTED_STATUS;
  const troubles = record.columns.flatMap(({ error }) =>
    error ? [statusOfTrouble[error.who]] : [],
  );
  if (troubles.length > 0) return Math.max(...troubles);
  return record.verdict === "passed" ? 0 : 1;
}
