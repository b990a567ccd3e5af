/**
 * Trouble with the cache's own disk, said so that the reader knows which disk it is.
 */
import { statfs } from "node:fs/promises";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { formatBytes } from "../base/units.js";

const HINT =
  "free space there (`kernlane image rm NAME`), or let XDG_CACHE_HOME name another place";

/** @throws LaneError `disk-full` or `write-failed` (host) instead of the system's own error */
export function withCacheErrors<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof LaneError) throw error;
    const code = systemCodeOf(error);
    if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") throw diskFull(path, error);
    throw new LaneError("write-failed", `${path}: ${messageOf(error)}`, {
      facts: { path },
      cause: error,
    });
  }
}

/** @throws LaneError `disk-full` (host) before the first byte is written, when the disk cannot hold what is to come */
export async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new LaneError(
    "disk-full",
    `${folder} has ${formatBytes(freeBytes)} free, expected at least ${formatBytes(neededBytes)} for the image`,
    { hint: HINT, facts: { path: folder, freeBytes, neededBytes } },
  );
}

function diskFull(path: string, cause: unknown): LaneError {
  return new LaneError("disk-full", `${path}: no space is left on its disk`, {
    hint: HINT,
    facts: { path },
    cause,
  });
}
