/**
 * Staging reads raw disks. A file of another kind that was given as one is refused here, by its signature and before anything
 * in it is parsed.
 */
import { LaneError } from "../base/errors.js";
import type { ByteSource } from "../binary/byte-source.js";
import { findSignature } from "../binary/file-signature.js";

/** @throws LaneError `image-not-raw` that says what it is and how to turn it into a raw disk */
export function requireRawImage(disk: ByteSource): void {
  const found = findSignature(disk);
  // A boot sector is what a raw disk begins with.
  if (found === undefined || found.format === "boot-sector") return;
  throw new LaneError(
    "image-not-raw",
    `${disk.name} is ${found.name}, expected a raw or qcow2 disk image`,
    { hint: found.hint, facts: { disk: disk.name, format: found.format } },
  );
}
