/**
 * Whether a disk has room for what is going to be written: it is better said before than found out in the middle.
 */
import { statfsSync } from "node:fs";
import { LaneError } from "../base/errors.js";
import { formatBytes } from "../base/units.js";

export interface SpaceNeed {
  /** A folder on that disk. */
  readonly folder: string;
  readonly neededBytes: number;
  /** Such as `for the image`. */
  readonly why: string;
  /** What to do about it. */
  readonly hint: string;
}

/** @throws LaneError `disk-full` (host); the system's own errors */
export function requireSpace(
  { folder, neededBytes, why, hint }: SpaceNeed,
  freeBytes: number = freeBytesAt(folder),
): void {
  if (freeBytes >= neededBytes) return;
  throw new LaneError(
    "disk-full",
    `${folder} has ${formatBytes(freeBytes)} free, expected at least ${formatBytes(neededBytes)} ${why}`,
    { hint, facts: { path: folder, freeBytes, neededBytes } },
  );
}

/** What this user may still write there. */
function freeBytesAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
