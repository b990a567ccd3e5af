/**
 * Bytes at an offset: what every format here is read from, be it a file, a disk, a partition's file or an array. Reading is
 * synchronous on purpose: the formats follow pointers from one small record to the next, the operating system's cache
 * answers in microseconds, and a parser that never yields needs no locks. Nothing writes through it.
 *
 * Contract, held by `test/contracts/byte-source-contract.ts` against every implementation:
 * * `read(offset, length)` returns exactly `length` bytes that are the caller's own: a plain Uint8Array on a buffer of
 *   its own, never a `Buffer`, whose `slice()` would hand out views;
 * * a range that is not inside the source, or not made of whole non-negative numbers, is a LaneError `disk-out-of-range`;
 * * two reads of the same range return the same bytes.
 */
import { LaneError } from "../base/errors.js";

export interface ByteSource {
  /** What it is called in messages: a path, or what it is made of. */
  readonly name: string;
  readonly sizeBytes: number;
  /** @throws LaneError `disk-out-of-range`, `image-unreadable` */
  read(offsetBytes: number, lengthBytes: number): Uint8Array;
}

/** An array of bytes as a source; what is read are copies, so that no reader can change it. */
export function memorySource(bytes: Uint8Array, name = "memory"): ByteSource {
  const self = { name, sizeBytes: bytes.length };
  return {
    ...self,
    read(offsetBytes, lengthBytes) {
      checkRange(self, offsetBytes, lengthBytes);
      // Not slice(): that of a Buffer is a view and no copy.
      return new Uint8Array(bytes.subarray(offsetBytes, offsetBytes + lengthBytes));
    },
  };
}

/** @throws LaneError `disk-out-of-range` when the range is not inside the source */
export function checkRange(
  source: Omit<ByteSource, "read">,
  offsetBytes: number,
  lengthBytes: number,
): void {
  const { name, sizeBytes } = source;
  const inside =
    Number.isSafeInteger(offsetBytes) &&
    Number.isSafeInteger(lengthBytes) &&
    offsetBytes >= 0 &&
    lengthBytes >= 0 &&
    offsetBytes + lengthBytes <= sizeBytes;
  if (inside) return;
  throw new LaneError(
    "disk-out-of-range",
    `${name}: ${lengthBytes} bytes at offset ${offsetBytes} are not inside its ${sizeBytes} bytes`,
    { facts: { disk: name, offsetBytes, lengthBytes, sizeBytes } },
  );
}
