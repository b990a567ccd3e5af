/**
 * A disk as the formats see it: a size and bytes at an offset. Reading is synchronous on purpose: the formats follow
 * pointers from one small record to the next, the operating system's cache answers in microseconds, and a parser that
 * never yields needs no locks. Nothing here writes: changes are recorded as edits (`edits.ts`) and applied by others.
 *
 * Contract, held by `test/contracts/disk-contract.ts` against every implementation:
 * * `read(offset, length)` returns exactly `length` bytes that are the caller's own: a plain Uint8Array on a buffer of
 *   its own, never a `Buffer`, whose `slice()` would hand out views;
 * * a range that is not inside the disk, or not made of whole non-negative numbers, is a LaneError `disk-out-of-range`;
 * * two reads of the same range return the same bytes.
 */
import { LaneError } from "../base/errors.js";

export interface Disk {
  /** What the disk is called in messages: a path, or what it is made of. */
  readonly name: string;
  readonly sizeBytes: number;
  /** @throws LaneError `disk-out-of-range`, `disk-unreadable` */
  read(offsetBytes: number, lengthBytes: number): Uint8Array;
}

/** @throws LaneError `disk-out-of-range` when the range is not inside the disk */
export function checkRange(
  disk: Omit<Disk, "read">,
  offsetBytes: number,
  lengthBytes: number,
): void {
  const inside =
    Number.isSafeInteger(offsetBytes) &&
    Number.isSafeInteger(lengthBytes) &&
    offsetBytes >= 0 &&
    lengthBytes >= 0 &&
    offsetBytes + lengthBytes <= disk.sizeBytes;
  if (inside) return;
  throw new LaneError(
    "disk-out-of-range",
    `${disk.name}: ${lengthBytes} bytes at offset ${offsetBytes} are not inside its ${disk.sizeBytes} bytes`,
    { facts: { disk: disk.name, offsetBytes, lengthBytes, sizeBytes: disk.sizeBytes } },
  );
}
