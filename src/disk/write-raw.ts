/**
 * Writing raw disk images: a new, sparse one from what a disk holds, and edits onto a copy that is there.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ByteSource } from "../binary/byte-source.js";
import type { Edit } from "./edits.js";
import { createWholeFile, openWholeFile } from "./whole-file.js";

const PIECE_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/**
 * Makes a file that holds what the disk holds; pieces of zeros become holes.
 *
 * @param path a file that does not exist yet
 * @throws LaneError `disk-full`, `write-failed` (host), those of the disk, and the signal's reason; nothing is left of the file then
 */
export async function writeRawImage(
  path: string,
  disk: ByteSource,
  signal?: AbortSignal,
): Promise<void> {
  using file = createWholeFile(path);
  file.setSize(disk.sizeBytes);
  for (let at = 0; at < disk.sizeBytes; at += PIECE_BYTES) {
    const bytes = disk.read(at, Math.min(PIECE_BYTES, disk.sizeBytes - at));
    if (!ZEROS.subarray(0, bytes.length).equals(bytes)) file.put(at, bytes);
    // Signals and timers are heard between two pieces.
    await nextTurn();
    signal?.throwIfAborted();
  }
  file.keep();
}

/**
 * Writes edits into a file, in their order.
 *
 * @param path a copy of what the edits were planned over
 * @throws LaneError `disk-full`, `write-failed` (host); the file is removed then
 */
export function applyEdits(path: string, edits: readonly Edit[]): void {
  using file = openWholeFile(path);
  for (const { offsetBytes, bytes } of edits) file.put(offsetBytes, bytes);
  file.keep();
}
