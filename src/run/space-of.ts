import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The unit in which stat(2) counts the space that a file takes. */
const BLOCK_BYTES = 512;

/** The disk space of a file, or of a folder with all in it. What a link leads to is not counted; nor is what is missing. */
export function spaceOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  const inside = found.isDirectory() ? namesIn(path).map((name) => spaceOf(join(path, name))) : [];
  return inside.reduce((sum, bytes) => sum + bytes, found.blocks * BLOCK_BYTES);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It has gone meanwhile.
    return [];
  }
}
