/** A whole file gets its name in one step, and never in the place of something else. */
import { linkSync, lstatSync, renameSync, rmSync } from "node:fs";
import { systemCodeOf } from "../base/errors.js";

/**
 * Gives a file its final name, unless something has that name: a link that leads nowhere included.
 *
 * @param draft in the same folder; it has that name no more afterwards
 * @returns whether the file has the name; if not, the draft is as it was
 * @throws the system's own errors
 */
export function placeFile(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    if (!hasNoLinks(error)) throw error;
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false;
    renameSync(draft, path);
    return true;
  }
  rmSync(draft);
  return true;
}

/** FAT, and some network and user-space file systems; there a rename has to do. */
function hasNoLinks(error: unknown): boolean {
  return ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(systemCodeOf(error) ?? "");
}
