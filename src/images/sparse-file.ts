/**
 * A file written from its beginning to its end, in which runs of zeros become holes: a disk image of 6 GiB takes the space of
 * its data.
 */
import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { withCacheErrors } from "./cache-errors.js";

export interface SparseFile extends Disposable {
  /** @throws LaneError `disk-full`, `write-failed` (host) */
  write(chunk: Uint8Array): void;
  /** Gives the file its length, zeros at the end included, and tells what was written. */
  finish(): { readonly sizeBytes: number; readonly sha256: string };
}

/** File systems give out space in blocks of this size at least; a shorter run of zeros would save nothing. */
const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** @throws LaneError `write-failed` (host) */
export function createSparseFile(path: string): SparseFile {
  const hash = createHash("sha256");
  let descriptor: number | undefined = withCacheErrors(path, () => openSync(path, "w", 0o644));
  let sizeBytes = 0;
  return {
    write(chunk) {
      hash.update(chunk);
      const file = descriptor!;
      withCacheErrors(path, () => {
        for (const { from, to } of dataRuns(chunk, sizeBytes)) {
          for (let at = from; at < to;) at += writeSync(file, chunk, at, to - at, sizeBytes + at);
        }
      });
      sizeBytes += chunk.length;
    },
    finish() {
      withCacheErrors(path, () => ftruncateSync(descriptor!, sizeBytes));
      return { sizeBytes, sha256: hash.digest("hex") };
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** The parts of a chunk that are not whole blocks of zeros; blocks are those of the file, at which the chunk starts. */
function* dataRuns(
  chunk: Uint8Array,
  offsetBytes: number,
): Iterable<{ readonly from: number; readonly to: number }> {
  let runFrom: number | undefined;
  for (let at = 0; at < chunk.length;) {
    const end = Math.min(chunk.length, at + BLOCK_BYTES - ((offsetBytes + at) % BLOCK_BYTES));
    const isZero = ZEROS.subarray(0, end - at).equals(chunk.subarray(at, end));
    if (isZero && runFrom !== undefined) {
      yield { from: runFrom, to: at };
      runFrom = undefined;
    }
    if (!isZero) runFrom ??= at;
    at = end;
  }
  if (runFrom !== undefined) yield { from: runFrom, to: chunk.length };
}
