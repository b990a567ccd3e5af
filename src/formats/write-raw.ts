/**
 * Writing raw disk images: a new, sparse one from what a disk holds, and edits onto a copy that is there.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { withDiskErrors } from "../host/run-folder.js";
import type { Disk } from "./disk.js";
import type { Edit } from "./edits.js";

const PIECE_BYTES = 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/**
 * Makes a file that holds what the disk holds; pieces of zeros become holes.
 *
 * @param path a file that does not exist yet
 * @throws LaneError `disk-full`, `write-failed` (host), and those of the disk; nothing is left of the file then
 */
export function writeRawImage(path: string, disk: Disk): void {
  withNewFile(path, "wx", (descriptor) => {
    ftruncateSync(descriptor, disk.sizeBytes);
    for (let at = 0; at < disk.sizeBytes; at += PIECE_BYTES) {
      const bytes = disk.read(at, Math.min(PIECE_BYTES, disk.sizeBytes - at));
      if (!ZEROS.subarray(0, bytes.length).equals(bytes)) writeFully(descriptor, at, bytes);
    }
  });
}

/**
 * Writes edits into a file, in their order.
 *
 * @param path a copy of what the edits were planned over
 * @throws LaneError `disk-full`, `write-failed` (host); the file is removed then
 */
export function applyEdits(path: string, edits: readonly Edit[]): void {
  withNewFile(path, "r+", (descriptor) => {
    for (const { offsetBytes, bytes } of edits) writeFully(descriptor, offsetBytes, bytes);
  });
}

/** A file that is not whole is of no use to anyone. */
function withNewFile(path: string, flags: "wx" | "r+", write: (descriptor: number) => void): void {
  withDiskErrors(path, () => {
    const descriptor = openSync(path, flags);
    try {
      write(descriptor);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  });
}

function writeFully(descriptor: number, offsetBytes: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, offsetBytes + done);
  }
}
