/**
 * Folders, with those above them.
 *
 * Node's own recursive mkdir never ends where a folder can never exist, such as below /proc: mkdir(2) answers ENOENT there
 * although the folder above exists.
 */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { systemCodeOf } from "../base/errors.js";

/**
 * Makes a folder unless it exists, and the missing ones above it.
 *
 * @param mode of new folders, less the umask
 * @throws the system's own errors
 * @example makeFolder(join(cache, "images", "freebsd-15.0-release"));
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (tryMake(path, mode)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above, mode);
  mkdirUnlessThere(path, mode);
}

/** @returns false when a folder above is missing */
function tryMake(path: string, mode: number): boolean {
  try {
    mkdirUnlessThere(path, mode);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function mkdirUnlessThere(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
