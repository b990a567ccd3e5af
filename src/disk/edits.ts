/**
 * Edits: the only way in which a guest's disk is ever changed. A recording disk reads as its base with the edits laid
 * over it, and keeps the edits in the order in which they were made. The base is not touched.
 *
 * The order matters: whoever applies a list of edits applies it from first to last, and a list that was cut short at any
 * point leaves every file that it was not about as it was (`ufs2/plan.ts` says how).
 */
import { checkRange, type ByteSource } from "../binary/byte-source.js";

export interface Edit {
  /** Offset on the whole disk, not in a partition. */
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
  /** For people: what this edit is for, such as `/boot/TWQDEBUG/kernel: data`. */
  readonly why: string;
}

export interface RecordingDisk extends ByteSource {
  readonly edits: readonly Edit[];
  /** The bytes that `read` gives, for whoever only looks at them: no copy where one edit holds them all. */
  view(offsetBytes: number, lengthBytes: number): Uint8Array;
  /** Records an edit. `bytes` is kept, not copied: the caller no longer changes it. */
  write(offsetBytes: number, bytes: Uint8Array, why: string): void;
}

/**
 * @example
 * const disk = recordEdits(openFileSource("guest.raw"));
 * disk.write(0, Uint8Array.of(0xeb), "boot code");
 * disk.read(0, 1);   // eb
 * disk.edits.length; // 1
 */
export function recordEdits(base: ByteSource, edits: readonly Edit[] = []): RecordingDisk {
  const pieces: Piece[] = [];
  const recorded: Edit[] = [];
  const disk: RecordingDisk = {
    name: base.name,
    sizeBytes: base.sizeBytes,
    edits: recorded,
    read(offsetBytes, lengthBytes) {
      checkRange(base, offsetBytes, lengthBytes);
      return readOver(base, pieces, offsetBytes, lengthBytes);
    },
    view(offsetBytes, lengthBytes) {
      checkRange(base, offsetBytes, lengthBytes);
      return (
        viewOf(pieces, offsetBytes, lengthBytes) ?? readOver(base, pieces, offsetBytes, lengthBytes)
      );
    },
    write(offsetBytes, bytes, why) {
      checkRange(base, offsetBytes, bytes.length);
      if (bytes.length === 0) return;
      recorded.push({ offsetBytes, bytes, why });
      lay(pieces, { offsetBytes, bytes });
    },
  };
  for (const edit of edits) disk.write(edit.offsetBytes, edit.bytes, edit.why);
  return disk;
}

/** Part of an edit that no later edit has covered. Pieces are sorted by offset and never overlap. */
interface Piece {
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}

const endOf = (piece: Piece): number => piece.offsetBytes + piece.bytes.length;

function readOver(
  base: ByteSource,
  pieces: readonly Piece[],
  offsetBytes: number,
  lengthBytes: number,
): Uint8Array {
  const end = offsetBytes + lengthBytes;
  const covering = viewOf(pieces, offsetBytes, lengthBytes);
  // Not slice(): that of a Buffer is a view and no copy.
  if (covering !== undefined) return new Uint8Array(covering);
  const first = firstEndingAfter(pieces, offsetBytes);
  const result = base.read(offsetBytes, lengthBytes);
  for (let index = first; index < pieces.length; index++) {
    const piece = pieces[index]!;
    if (piece.offsetBytes >= end) break;
    const from = Math.max(piece.offsetBytes, offsetBytes);
    const to = Math.min(endOf(piece), end);
    const part = piece.bytes.subarray(from - piece.offsetBytes, to - piece.offsetBytes);
    result.set(part, from - offsetBytes);
  }
  return result;
}

/** The part of the one piece that covers a range as a whole, if there is such a piece. */
function viewOf(
  pieces: readonly Piece[],
  offsetBytes: number,
  lengthBytes: number,
): Uint8Array | undefined {
  const piece = pieces[firstEndingAfter(pieces, offsetBytes)];
  const end = offsetBytes + lengthBytes;
  if (piece === undefined || piece.offsetBytes > offsetBytes || endOf(piece) < end)
    return undefined;
  const from = offsetBytes - piece.offsetBytes;
  return piece.bytes.subarray(from, from + lengthBytes);
}

/** Puts a piece over the others: what it covers is cut away from them. */
function lay(pieces: Piece[], added: Piece): void {
  const first = firstEndingAfter(pieces, added.offsetBytes);
  let last = first;
  while (last < pieces.length && pieces[last]!.offsetBytes < endOf(added)) last += 1;
  const replacement: Piece[] = [];
  if (last > first) {
    const head = pieces[first]!;
    const tail = pieces[last - 1]!;
    const headLength = added.offsetBytes - head.offsetBytes;
    if (headLength > 0) replacement.push({ ...head, bytes: head.bytes.subarray(0, headLength) });
    replacement.push(added);
    const tailLength = endOf(tail) - endOf(added);
    if (tailLength > 0) {
      replacement.push({ offsetBytes: endOf(added), bytes: tail.bytes.subarray(-tailLength) });
    }
  } else {
    replacement.push(added);
  }
  pieces.splice(first, last - first, ...replacement);
}

/** The index of the first piece that ends after an offset: everything before it lies wholly before the offset. */
function firstEndingAfter(pieces: readonly Piece[], offsetBytes: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endOf(pieces[middle]!) > offsetBytes) high = middle;
    else low = middle + 1;
  }
  return low;
}
