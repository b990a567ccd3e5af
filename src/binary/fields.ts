/**
 * The kinds of fields that our on-disk records are made of; see `bytes.ts`. The argument is always the offset in bytes.
 */
import type { Field } from "./bytes.js";

export const u8 = (offsetBytes: number): Field<number> => ({
  offsetBytes,
  sizeBytes: 1,
  get: (view, at) => view.getUint8(at + offsetBytes),
  set: (view, at, value) => view.setUint8(at + offsetBytes, value),
});

export const u16 = (offsetBytes: number): Field<number> => ({
  offsetBytes,
  sizeBytes: 2,
  get: (view, at) => view.getUint16(at + offsetBytes, true),
  set: (view, at, value) => view.setUint16(at + offsetBytes, value, true),
});

export const i16 = (offsetBytes: number): Field<number> => ({
  offsetBytes,
  sizeBytes: 2,
  get: (view, at) => view.getInt16(at + offsetBytes, true),
  set: (view, at, value) => view.setInt16(at + offsetBytes, value, true),
});

export const u32 = (offsetBytes: number): Field<number> => ({
  offsetBytes,
  sizeBytes: 4,
  get: (view, at) => view.getUint32(at + offsetBytes, true),
  set: (view, at, value) => view.setUint32(at + offsetBytes, value, true),
});

export const i32 = (offsetBytes: number): Field<number> => ({
  offsetBytes,
  sizeBytes: 4,
  get: (view, at) => view.getInt32(at + offsetBytes, true),
  set: (view, at, value) => view.setInt32(at + offsetBytes, value, true),
});

/** A signed 64-bit number that must be exact in a double; decoding anything else is refused by `record()`. */
export const i64 = (offsetBytes: number): Field<number> => ({
  offsetBytes,
  sizeBytes: 8,
  get: (view, at) => exact(view.getBigInt64(at + offsetBytes, true)),
  set: (view, at, value) => view.setBigInt64(at + offsetBytes, BigInt(value), true),
});

/** An unsigned 64-bit number that must be exact in a double; decoding anything else is refused by `record()`. */
export const u64 = (offsetBytes: number): Field<number> => ({
  offsetBytes,
  sizeBytes: 8,
  get: (view, at) => exact(view.getBigUint64(at + offsetBytes, true)),
  set: (view, at, value) => view.setBigUint64(at + offsetBytes, BigInt(value), true),
});

/** All 64 bits as they are, for identifiers and attribute words. */
export const wide = (offsetBytes: number): Field<bigint> => ({
  offsetBytes,
  sizeBytes: 8,
  get: (view, at) => view.getBigUint64(at + offsetBytes, true),
  set: (view, at, value) => view.setBigUint64(at + offsetBytes, value, true),
});

/** Bytes as they are: a copy when read. */
export const raw = (offsetBytes: number, sizeBytes: number): Field<Uint8Array> => ({
  offsetBytes,
  sizeBytes,
  get: (view, at) => bytesOf(view, at + offsetBytes, sizeBytes).slice(),
  set: (view, at, value) =>
    bytesOf(view, at + offsetBytes, sizeBytes).set(value.subarray(0, sizeBytes)),
});

/** Text up to its first NUL, in Latin-1 so that any bytes survive being read and written. */
export const text = (offsetBytes: number, sizeBytes: number): Field<string> => ({
  offsetBytes,
  sizeBytes,
  get: (view, at) => {
    const bytes = Buffer.from(bytesOf(view, at + offsetBytes, sizeBytes));
    const end = bytes.indexOf(0);
    return bytes.toString("latin1", 0, end < 0 ? sizeBytes : end);
  },
  set: (view, at, value) => {
    const bytes = bytesOf(view, at + offsetBytes, sizeBytes);
    bytes.fill(0);
    bytes.set(Buffer.from(value, "latin1").subarray(0, sizeBytes));
  },
});

/** `count` fields of one kind, one after the other. */
export function list<T>(
  offsetBytes: number,
  count: number,
  kind: (offsetBytes: number) => Field<T>,
): Field<readonly T[]> {
  const stride = kind(0).sizeBytes;
  const items = Array.from({ length: count }, (_, index) => kind(offsetBytes + index * stride));
  return {
    offsetBytes,
    sizeBytes: stride * count,
    get: (view, at) => {
      const values = items.map((item) => item.get(view, at));
      // An inexact number anywhere makes the whole list unreadable, as it would a single field.
      return values.includes(undefined as T) ? (undefined as unknown as readonly T[]) : values;
    },
    set: (view, at, values) => items.forEach((item, index) => item.set(view, at, values[index]!)),
  };
}

function bytesOf(view: DataView, offsetBytes: number, sizeBytes: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offsetBytes, sizeBytes);
}

/** `undefined` tells `record()` that the number is not exact; it knows the field's name and can say so. */
function exact(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (undefined as unknown as number);
}
