/**
 * A file written from its beginning to its end, in which runs of zeros become holes: a disk image of 6 GiB takes the space of
 * its data.
 */
import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { dataRuns } from "../host/data-runs.js";
import { withDiskErrors } from "../host/disk-errors.js";

export interface SparseFile extends Disposable {
  /** @throws LaneError `disk-full`, `write-failed` (host) */
  write(chunk: Uint8Array): void;
  /** Gives the file its length, zeros at the end included, and tells what was written. */
  finish(): { readonly sizeBytes: number; readonly sha256: string };
}

/** @throws LaneError `write-failed` (host) */
export function createSparseFile(path: string): SparseFile {
  const hash = createHash("sha256");
  let descriptor: number | undefined = withDiskErrors(path, () => openSync(path, "w", 0o644));
  let sizeBytes = 0;
  return {
    write(chunk) {
      hash.update(chunk);
      const file = descriptor!;
      withDiskErrors(path, () => {
        for (const { from, to } of dataRuns(chunk, sizeBytes)) {
          for (let at = from; at < to;) at += writeSync(file, chunk, at, to - at, sizeBytes + at);
        }
      });
      sizeBytes += chunk.length;
    },
    finish() {
      withDiskErrors(path, () => ftruncateSync(descriptor!, sizeBytes));
      return { sizeBytes, sha256: hash.digest("hex") };
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
