/**
 * A disk image written as a file that is whole or not there at all: one that is not whole is of no use to anyone.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { withDiskErrors } from "../host/disk-errors.js";

export interface WholeFile {
  /** What is not written of it reads as zeros. */
  setSize(sizeBytes: number): void;
  put(offsetBytes: number, bytes: Uint8Array): void;
}

/**
 * @param flags `wx` for a file that does not exist yet, `r+` for one that is there
 * @throws LaneError `disk-full`, `write-failed` (host), and what `write` throws; once it was opened the file is removed then
 */
export function writeWholeFile(
  path: string,
  flags: "wx" | "r+",
  write: (file: WholeFile) => void,
): void {
  withDiskErrors(path, () => {
    const descriptor = openSync(path, flags);
    try {
      write({
        setSize: (sizeBytes) => ftruncateSync(descriptor, sizeBytes),
        put(offsetBytes, bytes) {
          for (let done = 0; done < bytes.length;) {
            done += writeSync(descriptor, bytes, done, bytes.length - done, offsetBytes + done);
          }
        },
      });
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  });
}
