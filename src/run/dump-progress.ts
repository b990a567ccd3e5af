/**
 * How long a dying kernel is given for its dump: as long as it writes, and not for ever. That it writes is seen on the disk that it writes
 * to; its console says so every tenth part only.
 */
import { statSync } from "node:fs";
import { fairClock, type FairClock } from "../host/fair-timer.js";

/** A kernel that is dying may take so long until it begins. */
const BEGIN_MS = 10_000;
/** One that has written nothing for so long has finished, or will not. */
const STALL_MS = 10_000;
/** Some gigabytes, by an emulated processor. */
const LIMIT_MS = 15 * 60_000;

export interface DumpProgress {
  /** Whether the kernel is still to be waited for. The first question begins its time. */
  readonly goesOn: () => boolean;
}

/**
 * @param path of the disk's file
 * @param look what changes when the disk is written to
 */
export function openDumpProgress(
  path: string,
  look: (path: string) => string = lastWritten,
  clock: FairClock = fairClock,
): DumpProgress {
  let seen = look(path);
  let beganMs: number | undefined;
  let writtenMs: number | undefined;
  return {
    goesOn() {
      const nowMs = clock.nowMs();
      beganMs ??= nowMs;
      const now = look(path);
      if (now !== seen) [seen, writtenMs] = [now, nowMs];
      if (nowMs - beganMs >= LIMIT_MS) return false;
      return writtenMs === undefined ? nowMs - beganMs < BEGIN_MS : nowMs - writtenMs < STALL_MS;
    },
  };
}

/** A file system may say late how much space a file takes, and at once when it was written. */
function lastWritten(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "" : `${found.mtimeNs} ${found.blocks}`;
}
