/**
 * The disk that a kernel writes its dump to when it dies: the machine's second, empty and sparse.
 */
import { closeSync, ftruncateSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { withDiskErrors } from "../../../host/disk-errors.js";
import { requireSpace } from "../../../host/free-space.js";
import type { DumpDisk } from "../../guest.js";

/**
 * Besides the pages: their bitmap, the page tables of all of the kernel's addresses (8 MiB), the message buffer and the headers. A dump of
 * all memory needs less.
 */
const SPARE_MIB = 64;

export function planDumpDisk(folder: string, memoryMiB: number): DumpDisk {
  return { path: join(folder, "dump.raw"), sizeBytes: (memoryMiB + SPARE_MIB) * 1024 ** 2 };
}

/**
 * Whoever can read a guest's memory can read its secrets: the file is its owner's alone.
 *
 * @throws LaneError `disk-full`, `write-failed` (host)
 */
export function makeDumpDisk({ path, sizeBytes }: DumpDisk): void {
  withDiskErrors(path, () => {
    requireSpace({
      folder: dirname(path),
      neededBytes: sizeBytes,
      why: "for the memory of a kernel that dies",
      hint: "free space there, name another place with --out, give the guest less memory, or run without a dump",
    });
    const file = openSync(path, "wx", 0o600);
    try {
      ftruncateSync(file, sizeBytes);
    } finally {
      closeSync(file);
    }
  });
}
