/** The refusals of files that were given as kernels, for `linux-kernel.ts` and `freebsd-kernel.ts`. */
import { LaneError } from "../base/errors.js";
import type { ByteSource } from "./byte-source.js";
import { describeFile } from "./file-signature.js";

/** The refusal of a file that is no kernel of the kind that was asked for, naming what it is instead. */
export function notAKernel(
  file: ByteSource,
  expected: string,
  found?: string,
  hint?: string,
): LaneError {
  const described = found === undefined ? describeFile(file) : { name: found, hint };
  return new LaneError(
    "kernel-not-a-kernel",
    `${file.name} is ${described.name}, expected ${expected}`,
    { hint: described.hint, facts: { path: file.name, found: described.name } },
  );
}

/** The refusal of a kernel that is one, but for another machine than the guest's. */
export function wrongArchitecture(file: ByteSource, found: string, expected: string): LaneError {
  return new LaneError("kernel-wrong-arch", `${file.name} is ${found}, expected ${expected}`, {
    hint: "build the kernel for amd64 (x86_64)",
    facts: { path: file.name, found },
  });
}

/** The refusal of a kernel file that ends before its own header says. */
export function truncatedKernel(file: ByteSource, expectedBytes: number): LaneError {
  return new LaneError(
    "kernel-truncated",
    `${file.name} is cut short: found ${file.sizeBytes} bytes, expected at least ${expectedBytes}`,
    {
      hint: "copy or build the kernel again",
      facts: { path: file.name, foundBytes: file.sizeBytes, expectedBytes },
    },
  );
}
