/**
 * Edits: the only way in which a guest's disk is ever changed. An edited disk reads as its base with the edits laid over it.
 * The base is not touched, and a write is an entry in a list until the list is written into a file of its own.
 */
import { checkRange, type ByteSource } from "../binary/byte-source.js";

/** New bytes for a place of a disk. */
export interface Edit {
  /** On the whole disk, not in a partition. */
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}

export interface EditedDisk extends ByteSource {
  /** By ascending offset; no two of them overlap. */
  readonly edits: readonly Edit[];
  /** The bytes that `read` gives, for whoever only looks at them: no copy where one edit holds them all. */
  view(offsetBytes: number, lengthBytes: number): Uint8Array;
  /** `bytes` is kept, not copied: the caller does not change it afterwards. */
  write(offsetBytes: number, bytes: Uint8Array): void;
}

/**
 * @param edits laid over the base in their order; a later one covers what is under it
 * @example
 * const disk = editDisk(openFileSource("guest.raw"));
 * disk.write(0, Uint8Array.of(0xeb));
 * disk.read(0, 1);   // eb
 * disk.edits.length; // 1
 */
export function editDisk(base: ByteSource, edits: readonly Edit[] = []): EditedDisk {
  const laid: Edit[] = [];
  const disk: EditedDisk = {
    name: base.name,
    sizeBytes: base.sizeBytes,
    edits: laid,
    view(offsetBytes, lengthBytes) {
      checkRange(base, offsetBytes, lengthBytes);
      const covering = coveringEdit(laid, offsetBytes, lengthBytes);
      return covering ?? readOver(base, laid, offsetBytes, lengthBytes);
    },
    read(offsetBytes, lengthBytes) {
      const bytes = disk.view(offsetBytes, lengthBytes);
      // What was read over the base is the reader's own already; slice() of a Buffer would be a view and no copy.
      return coveringEdit(laid, offsetBytes, lengthBytes) ? new Uint8Array(bytes) : bytes;
    },
    write(offsetBytes, bytes) {
      checkRange(base, offsetBytes, bytes.length);
      if (bytes.length > 0) lay(laid, { offsetBytes, bytes });
    },
  };
  for (const { offsetBytes, bytes } of edits) disk.write(offsetBytes, bytes);
  return disk;
}

/** The bytes of a range, if one edit holds them all. */
function coveringEdit(
  laid: readonly Edit[],
  offsetBytes: number,
  lengthBytes: number,
): Uint8Array | undefined {
  const edit = laid[firstEndingAfter(laid, offsetBytes)];
  const from = offsetBytes - (edit?.offsetBytes ?? Infinity);
  const isCovered = from >= 0 && lengthBytes > 0 && from + lengthBytes <= edit!.bytes.length;
  return isCovered ? edit!.bytes.subarray(from, from + lengthBytes) : undefined;
}

function readOver(
  base: ByteSource,
  laid: readonly Edit[],
  offsetBytes: number,
  lengthBytes: number,
): Uint8Array {
  const end = offsetBytes + lengthBytes;
  const result = base.read(offsetBytes, lengthBytes);
  for (let index = firstEndingAfter(laid, offsetBytes); index < laid.length; index++) {
    const { offsetBytes: at, bytes } = laid[index]!;
    if (at >= end) break;
    const from = Math.max(at, offsetBytes);
    result.set(bytes.subarray(from - at, end - at), from - offsetBytes);
  }
  return result;
}

const endOf = (edit: Edit): number => edit.offsetBytes + edit.bytes.length;

/** Puts an edit over the others: what it covers is cut away from them. */
function lay(laid: Edit[], added: Edit): void {
  const first = firstEndingAfter(laid, added.offsetBytes);
  let last = first;
  while (last < laid.length && laid[last]!.offsetBytes < endOf(added)) last += 1;
  const replacement = [added];
  if (last > first) {
    const head = laid[first]!;
    const tail = laid[last - 1]!;
    const headBytes = added.offsetBytes - head.offsetBytes;
    if (headBytes > 0) replacement.unshift({ ...head, bytes: head.bytes.subarray(0, headBytes) });
    const tailBytes = endOf(tail) - endOf(added);
    if (tailBytes > 0)
      replacement.push({ offsetBytes: endOf(added), bytes: tail.bytes.subarray(-tailBytes) });
  }
  laid.splice(first, last - first, ...replacement);
}

/** The index of the first edit that ends after an offset: everything before it lies wholly before the offset. */
function firstEndingAfter(laid: readonly Edit[], offsetBytes: number): number {
  let low = 0;
  let high = laid.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endOf(laid[middle]!) > offsetBytes) high = middle;
    else low = middle + 1;
  }
  return low;
}
