/**
 * How long a dying kernel is given for its dump: as long as it gets on, and not for ever. That it does is seen on the disk that it writes to,
 * and on its console, which tells every fifth or tenth part: one that packs what it writes may write nothing for a while.
 */
import { statSync } from "node:fs";
import { fairClock, type FairClock } from "../host/fair-timer.js";

/** A kernel that is dying may take so long until it begins. */
const BEGIN_MS = 10_000;
/** One that has not got on for so long has finished, or will not. */
const STALL_MS = 30_000;
/** Some gigabytes, by an emulated processor. */
const LIMIT_MS = 15 * 60_000;

export interface DumpProgress {
  /** Whether the kernel is still to be waited for. The first question begins its time. */
  readonly goesOn: () => boolean;
  /** Bytes came from the console. */
  readonly heard: (chunk: Uint8Array) => void;
}

/** FreeBSD `sys/amd64/amd64/minidump_machdep.c`, `sys/kern/kern_dump.c`: `Dumping 77 out of 477 MB:..21%..42%`. */
const DUMPING = /Dumping \d+ (?:out of \d+ )?MB/;
const RECENT_BYTES = 64;

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
  let gotOnMs: number | undefined;
  let recent = "";
  let isDumping = false;
  return {
    goesOn() {
      const nowMs = clock.nowMs();
      beganMs ??= nowMs;
      const now = look(path);
      if (now !== seen) [seen, gotOnMs] = [now, nowMs];
      if (nowMs - beganMs >= LIMIT_MS) return false;
      return gotOnMs === undefined ? nowMs - beganMs < BEGIN_MS : nowMs - gotOnMs < STALL_MS;
    },
    heard(chunk) {
      const text = recent + Buffer.from(chunk).toString("latin1");
      recent = text.slice(-RECENT_BYTES);
      isDumping ||= DUMPING.test(text);
      if (isDumping) gotOnMs = clock.nowMs();
    },
  };
}

/** A file system may say late how much space a file takes, and at once when it was written. */
function lastWritten(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "" : `${found.mtimeNs} ${found.blocks}`;
}
