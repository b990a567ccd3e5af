/** A file that is only appended to, each chunk written before the next is taken: nothing seen is lost by a crash. */
import { closeSync, constants, openSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import { withDiskErrors } from "./disk-errors.js";
import { makeFolder } from "./make-folder.js";

export interface Log extends Disposable {
  readonly path: string;
  append(bytes: Uint8Array | string): void;
}

/**
 * @param mayFollow whether a symbolic link of this name is followed: for a path that the user named. Default false: whatever it
 *   leads to is somebody else's
 * @throws LaneError `out-not-writable` (usage); `append` throws `disk-full`, `write-failed` (host)
 */
export function openLog(path: string, mayFollow = false): Log {
  let descriptor: number | undefined;
  try {
    makeFolder(dirname(path));
    descriptor = openEmpty(path, mayFollow);
  } catch (error) {
    throw new LaneError("out-not-writable", `${path} cannot be written: ${messageOf(error)}`, {
      facts: { path },
      cause: error,
    });
  }
  return {
    path,
    append(bytes) {
      if (descriptor === undefined) return;
      const data = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
      withDiskErrors(path, () => {
        for (let done = 0; done < data.length;) done += writeSync(descriptor!, data, done);
      });
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

function openEmpty(path: string, mayFollow: boolean): number {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
  const flags = O_WRONLY | O_CREAT | O_TRUNC | (mayFollow ? 0 : O_NOFOLLOW);
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return openSync(path, flags);
  // A pipe that nobody reads would be waited for without an end; this refuses it.
  const tried = openSync(path, flags | O_NONBLOCK);
  try {
    return openSync(path, flags);
  } finally {
    closeSync(tried);
  }
}
