/** The file that a user gave as a kernel, opened for reading; what is in it is for `binary/` to say. */
import { statSync, type Stats } from "node:fs";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { openFileSource, type FileSource } from "../disk/file-source.js";

/**
 * @throws LaneError `kernel-not-found`, `kernel-not-a-file`, `kernel-empty`, `kernel-unreadable` (image)
 * @example
 * using file = openKernelFile("/boot/vmlinuz");
 * identifyLinuxKernel(file).release; // "6.1.0-56-cloud-amd64"
 */
export function openKernelFile(path: string): FileSource {
  const stat = statOf(path);
  if (!stat.isFile()) {
    const found = stat.isDirectory() ? "a directory" : "a device or pipe";
    throw new LaneError("kernel-not-a-file", `${path} is ${found}, expected a kernel file`, {
      hint: "give the path of the kernel file itself",
      facts: { path },
    });
  }
  if (stat.size === 0) {
    throw new LaneError("kernel-empty", `${path} is empty, expected a kernel file`, {
      hint: "build or copy the kernel again: the last time it did not finish",
      facts: { path },
    });
  }
  try {
    return openFileSource(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw unreadable(path, error);
    throw new LaneError("kernel-not-found", `${path} does not exist, expected a kernel file`, {
      hint: "check the path of the kernel",
      facts: { path },
      cause: error,
    });
  }
}

function unreadable(path: string, error: unknown): LaneError {
  return new LaneError("kernel-unreadable", `${path} cannot be read: ${messageOf(error)}`, {
    hint: "check the permissions of the file and of the folders above it",
    facts: { path },
    cause: error,
  });
}
