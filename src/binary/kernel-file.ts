/**
 * The file that was given as a kernel, opened for reading; what is in it is for `linux-kernel.ts` and `freebsd-kernel.ts`.
 */
import { statSync, type Stats } from "node:fs";
import { LaneError, messageOf, type ErrorCode, systemCodeOf } from "../base/errors.js";
import { openFileDisk, type FileDisk } from "../disk/disk-file.js";
import type { Disk } from "../disk/disk.js";
import { signatureOf, SIGNATURE_BYTES } from "./file-signature.js";

/**
 * @throws LaneError `kernel-not-found`, `kernel-not-a-file`, `kernel-empty`, `kernel-unreadable` (image)
 * @example
 * using file = openKernelFile("/boot/vmlinuz");
 * identifyLinuxKernel(file).release; // "6.1.0-56-cloud-amd64"
 */
export function openKernelFile(path: string): FileDisk {
  const stat = statOf(path);
  if (!stat.isFile()) {
    const found = stat.isDirectory() ? "a directory" : "a device or pipe";
    throw refusal("kernel-not-a-file", path, `${path} is ${found}, expected a kernel file`, {
      hint: "give the path of the kernel file itself",
    });
  }
  if (stat.size === 0) {
    throw refusal("kernel-empty", path, `${path} is empty, expected a kernel file`, {
      hint: "build or copy the kernel again: the last time it did not finish",
    });
  }
  try {
    return openFileDisk(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The refusal of a file that is no kernel of the kind that was asked for, naming what it is instead. */
export function notAKernel(file: Disk, expected: string, found?: string, hint?: string): LaneError {
  const signature = signatureOf(file.read(0, Math.min(SIGNATURE_BYTES, file.sizeBytes)));
  const what = found ?? signature.name;
  return refusal(
    "kernel-not-a-kernel",
    file.name,
    `${file.name} is ${what}, expected ${expected}`,
    {
      hint: hint ?? (found === undefined ? signature.hint : undefined),
      facts: { found: what },
    },
  );
}

/** The refusal of a kernel that is one, but for another machine than the guest's. */
export function wrongArchitecture(file: Disk, found: string, expected: string): LaneError {
  const message = `${file.name} is ${found}, expected ${expected}`;
  return refusal("kernel-wrong-arch", file.name, message, {
    hint: "build the kernel for amd64 (x86_64)",
    facts: { found },
  });
}

/** The refusal of a kernel file that ends before its own header says. */
export function truncatedKernel(file: Disk, expectedBytes: number): LaneError {
  const message = `${file.name} is cut short: found ${file.sizeBytes} bytes, expected at least ${expectedBytes}`;
  return refusal("kernel-truncated", file.name, message, {
    hint: "copy or build the kernel again",
    facts: { foundBytes: file.sizeBytes, expectedBytes },
  });
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw unreadable(path, error);
    throw refusal("kernel-not-found", path, `${path}: there is no such file`, {
      hint: "check the path of the kernel",
      cause: error,
    });
  }
}

function unreadable(path: string, error: unknown): LaneError {
  return refusal("kernel-unreadable", path, `${path} cannot be read: ${messageOf(error)}`, {
    hint: "check the permissions of the file and of the folders above it",
    cause: error,
  });
}

interface RefusalDetails {
  readonly hint?: string | undefined;
  readonly facts?: Readonly<Record<string, string | number>>;
  readonly cause?: unknown;
}

function refusal(
  code: ErrorCode,
  path: string,
  message: string,
  details: RefusalDetails,
): LaneError {
  return new LaneError(code, message, {
    ...(details.hint !== undefined && { hint: details.hint }),
    facts: { path, ...details.facts },
    cause: details.cause,
  });
}
