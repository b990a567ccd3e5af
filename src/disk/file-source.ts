/**
 * A file that a user named, opened for reading only: a base image cannot be written through this.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { checkRange, type ByteSource } from "../binary/byte-source.js";

export interface FileSource extends ByteSource, Disposable {
  readonly path: string;
}

/**
 * @throws LaneError `image-not-found`, `image-unreadable`, `image-not-a-file`
 * @example
 * using disk = openFileSource("guest.raw");
 * disk.read(512, 92);
 */
export function openFileSource(path: string): FileSource {
  let descriptor: number | undefined = openReading(path);
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) {
    closeSync(descriptor);
    throw notAFile(path, stat);
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

/** A pipe without a writer would be waited for without O_NONBLOCK, which changes nothing for a file. */
function openReading(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOENT")
      throw new LaneError("image-not-found", `${path} does not exist`, {
        facts: { path },
        cause: error,
      });
    if (code === "ENXIO") throw notAFile(path, statSync(path));
    throw unreadable(path, messageOf(error));
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

function notAFile(path: string, stat: Stats): LaneError {
  const found = stat.isDirectory()
    ? "a directory"
    : stat.isFIFO()
      ? "a named pipe"
      : stat.isSocket()
        ? "a socket"
        : "a device";
  return new LaneError("image-not-a-file", `${path} is ${found}, expected a file`, {
    facts: { path },
  });
}

function unreadable(path: string, why: string): LaneError {
  return new LaneError("image-unreadable", `${path} cannot be read: ${why}`, { facts: { path } });
}
