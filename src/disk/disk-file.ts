/**
 * A disk image in a file, opened for reading only: a base image can not be written through this.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { checkRange, type Disk } from "./disk.js";

export interface FileDisk extends Disk, Disposable {
  readonly path: string;
}

/**
 * @throws LaneError `image-not-found`, `image-unreadable`, `image-not-a-file`
 * @example
 * using disk = openFileDisk("guest.raw");
 * disk.read(512, 92);
 */
export function openFileDisk(path: string): FileDisk {
  let descriptor: number | undefined = openReading(path);
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) {
    closeSync(descriptor);
    throw new LaneError(
      "image-not-a-file",
      `${path} is ${stat.isDirectory() ? "a directory" : "a device or pipe"}, expected a disk image file`,
      { facts: { path } },
    );
  }
  const self = { name: path, path, sizeBytes: stat.size };
  return {
    ...self,
    read(offsetBytes, lengthBytes) {
      checkRange(self, offsetBytes, lengthBytes);
      if (descriptor === undefined) throw unreadable(path, "it is closed already");
      return readFully(path, descriptor, offsetBytes, lengthBytes);
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function openReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw unreadable(path, messageOf(error));
    throw new LaneError("image-not-found", `${path}: there is no such file`, {
      facts: { path },
      cause: error,
    });
  }
}

function readFully(
  path: string,
  descriptor: number,
  offsetBytes: number,
  lengthBytes: number,
): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  let done = 0;
  while (done < lengthBytes) {
    const count = readSync(descriptor, bytes, done, lengthBytes - done, offsetBytes + done);
    // The size was taken at opening; a file that ends before it has been cut by someone else meanwhile.
    if (count === 0)
      throw unreadable(path, `it ends at ${offsetBytes + done}, shorter than when it was opened`);
    done += count;
  }
  return bytes;
}

function unreadable(path: string, why: string): LaneError {
  return new LaneError("image-unreadable", `${path} cannot be read: ${why}`, { facts: { path } });
}
