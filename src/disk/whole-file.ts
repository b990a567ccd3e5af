/**
 * A disk image written as a file that is whole or not there at all: one that is not whole is of no use to anyone.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { withDiskErrors } from "../host/disk-errors.js";

/** It is removed when it is disposed of, unless it was kept. */
export interface WholeFile extends Disposable {
  /** What is not written of it reads as zeros. @throws LaneError `disk-full`, `write-failed` (host) */
  setSize(sizeBytes: number): void;
  /** @throws LaneError `disk-full`, `write-failed` (host) */
  put(offsetBytes: number, bytes: Uint8Array): void;
  /** It is whole now. */
  keep(): void;
}

/** @throws LaneError `write-failed` (host), also for a file that exists already */
export function createWholeFile(path: string): WholeFile {
  return open(path, "wx");
}

/** A file that is there and is to be whole again. @throws LaneError `write-failed` (host) */
export function openWholeFile(path: string): WholeFile {
  return open(path, "r+");
}

function open(path: string, flags: "wx" | "r+"): WholeFile {
  const descriptor = withDiskErrors(path, () => openSync(path, flags));
  let isWhole = false;
  return {
    setSize: (sizeBytes) => withDiskErrors(path, () => ftruncateSync(descriptor, sizeBytes)),
    put(offsetBytes, bytes) {
      withDiskErrors(path, () => {
        for (let done = 0; done < bytes.length;) {
          done += writeSync(descriptor, bytes, done, bytes.length - done, offsetBytes + done);
        }
      });
    },
    keep: () => (isWhole = true),
    [Symbol.dispose]() {
      closeSync(descriptor);
      if (!isWhole) rmSync(path, { force: true });
    },
  };
}
