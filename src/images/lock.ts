/**
 * A lock on a folder of the cache, so that two fetches do not write the same files.
 */
import { readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../base/errors.js";
import { tryLock } from "../host/file-lock.js";
import { diskError, withDiskErrors } from "../host/disk-errors.js";
import { makeFolder } from "../host/make-folder.js";

/**
 * Does the work while no other kernlane is at work in the folder, which is made where it is missing; one that is empty
 * afterwards goes again.
 *
 * @param what for the refusal: `freebsd-15.0-release`
 * @throws LaneError `image-busy` (usage) when another process holds the lock; `write-failed` (host)
 * @example await withFolderLock(imageFolder(name), name, () => fetchInto(folder));
 */
export async function withFolderLock<T>(
  folder: string,
  what: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const path = join(folder, "lock");
  withDiskErrors(folder, () => makeFolder(folder));
  const attempt = await tryLock(path).catch((error: unknown) => {
    throw diskError(path, error);
  });
  if ("heldBy" in attempt) throw busy(path, what, attempt.heldBy);
  try {
    return await work();
  } finally {
    attempt.release();
    removeIfEmpty(folder);
  }
}

/** The work may have removed it. */
function removeIfEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  } catch {
    // It is gone.
  }
}

function busy(path: string, what: string, heldBy: string): LaneError {
  return new LaneError(
    "image-busy",
    `${what} is being fetched or removed by another kernlane (${heldBy})`,
    { facts: { path, heldBy } },
  );
}
