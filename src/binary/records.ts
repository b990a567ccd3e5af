/**
 * Fixed-layout records: one table of fields drives both decoding and encoding.
 *
 * A record is a fixed number of bytes; a field is an offset, a width and a meaning. Numbers are little-endian unless the
 * field's kind ends in `be`. The kinds `i64`, `u64` and `u64be` are *checked*: a value that a double cannot hold exactly is
 * refused, since in an offset, a size or a count it can only be damage; `wide` and `wideBe` keep all 64 bits as a bigint.
 *
 * Encoding writes *into* existing bytes and changes nothing but the fields named, so that reserved and unknown parts of a
 * record survive an edit byte for byte.
 *
 * @example
 * const point = record("point", 8, { x: u32(0), y: u32(4) });
 * type Point = RecordOf<typeof point>;              // { readonly x: number; readonly y: number }
 * point.decode(bytes);                              // from the first eight bytes
 * point.encodeInto(bytes, { y: 7 });                // x stays as it is
 */
import { LaneError } from "../base/errors.js";

/** One field: where it is, and how it is read and written. The view is of the record. */
export interface Field<T> {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  get(view: DataView): T;
  set(view: DataView, value: T): void;
}

/** A kind of field; the argument is its offset in the record. */
export type Kind<T> = (offsetBytes: number) => Field<T>;

export type FieldTable = Readonly<Record<string, Field<unknown>>>;

type ValuesOf<F extends FieldTable> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

export interface RecordTable<F extends FieldTable> {
  readonly sizeBytes: number;
  readonly fields: F;
  /** @throws LaneError `record-truncated`, `record-number-out-of-range` */
  decode(bytes: Uint8Array, atBytes?: number): ValuesOf<F>;
  /** `count` records, one every `strideBytes` from the first byte; the stride is the record's size if absent. */
  decodeArray(bytes: Uint8Array, count: number, strideBytes?: number): readonly ValuesOf<F>[];
  encodeInto(bytes: Uint8Array, values: Partial<ValuesOf<F>>, atBytes?: number): void;
}

export type RecordOf<R> = R extends RecordTable<infer F> ? ValuesOf<F> : never;

/** Describes a record; overlapping fields are allowed (a union), a field that passes the end is a mistake of ours. */
export function record<F extends FieldTable>(
  name: string,
  sizeBytes: number,
  fields: F,
): RecordTable<F> {
  const entries = Object.entries(fields);
  for (const [key, field] of entries) {
    if (field.offsetBytes + field.sizeBytes > sizeBytes)
      throw new RangeError(`${name}.${key} passes the end`);
  }
  const decode = (bytes: Uint8Array, atBytes = 0): ValuesOf<F> => {
    const view = viewOfRecord(name, sizeBytes, bytes, atBytes);
    const values: Record<string, unknown> = {};
    for (const [key, field] of entries) {
      const value = field.get(view);
      if (value === undefined) throw outOfRange(`${name}.${key}`);
      values[key] = value;
    }
    return values as ValuesOf<F>;
  };
  return {
    sizeBytes,
    fields,
    decode,
    decodeArray: (bytes, count, strideBytes = sizeBytes) =>
      Array.from({ length: count }, (_, index) => decode(bytes, index * strideBytes)),
    encodeInto(bytes, values, atBytes = 0) {
      const view = viewOfRecord(name, sizeBytes, bytes, atBytes);
      for (const [key, value] of Object.entries(values)) {
        if (value !== undefined) fields[key]!.set(view, value);
      }
    },
  };
}

export const u8 = integer(1, "Uint8");
export const u16 = integer(2, "Uint16");
export const i16 = integer(2, "Int16");
export const u32 = integer(4, "Uint32");
export const u32be = integer(4, "Uint32", false);
export const i32 = integer(4, "Int32");
export const i64 = exact("BigInt64");
export const u64 = exact("BigUint64");
export const u64be = exact("BigUint64", false);
export const wide = bits64();
export const wideBe = bits64(false);

function integer(
  sizeBytes: number,
  kind: "Uint8" | "Uint16" | "Int16" | "Uint32" | "Int32",
  littleEndian = true,
): Kind<number> {
  return (offsetBytes) => ({
    offsetBytes,
    sizeBytes,
    get: (view) => view[`get${kind}`](offsetBytes, littleEndian),
    set: (view, value) => view[`set${kind}`](offsetBytes, value, littleEndian),
  });
}

function exact(kind: "BigInt64" | "BigUint64", littleEndian = true): Kind<number> {
  return (offsetBytes) => ({
    offsetBytes,
    sizeBytes: 8,
    get(view) {
      const value = Number(view[`get${kind}`](offsetBytes, littleEndian));
      // `undefined` tells `record()` that the number is not exact: it knows the field's name.
      return Number.isSafeInteger(value) ? value : (undefined as unknown as number);
    },
    set: (view, value) => view[`set${kind}`](offsetBytes, BigInt(value), littleEndian),
  });
}

function bits64(littleEndian = true): Kind<bigint> {
  return (offsetBytes) => ({
    offsetBytes,
    sizeBytes: 8,
    get: (view) => view.getBigUint64(offsetBytes, littleEndian),
    set: (view, value) => view.setBigUint64(offsetBytes, value, littleEndian),
  });
}

/** Bytes as they are: a copy when read. */
export const raw = (offsetBytes: number, sizeBytes: number): Field<Uint8Array> => ({
  offsetBytes,
  sizeBytes,
  get: (view) => bytesOf(view, offsetBytes, sizeBytes).slice(),
  set: (view, value) => bytesOf(view, offsetBytes, sizeBytes).set(value.subarray(0, sizeBytes)),
});

/** Text up to its first NUL, in Latin-1 so that any bytes survive being read and written. */
export const text = (offsetBytes: number, sizeBytes: number): Field<string> => ({
  offsetBytes,
  sizeBytes,
  get: (view) =>
    Buffer.from(bytesOf(view, offsetBytes, sizeBytes))
      .toString("latin1")
      .split("\0", 1)[0]!,
  set(view, value) {
    const bytes = bytesOf(view, offsetBytes, sizeBytes).fill(0);
    bytes.set(Buffer.from(value, "latin1").subarray(0, sizeBytes));
  },
});

/** A number as eight hexadecimal digits of ASCII; NaN where there is anything else. */
export const hex = (offsetBytes: number): Field<number> => {
  const digits = text(offsetBytes, 8);
  return {
    offsetBytes,
    sizeBytes: 8,
    get: (view) => (/^[0-9a-f]{8}$/i.test(digits.get(view)) ? parseInt(digits.get(view), 16) : NaN),
    set: (view, value) => digits.set(view, value.toString(16).toUpperCase().padStart(8, "0")),
  };
};

/** `count` fields of one kind, one after the other. */
export function list<T>(offsetBytes: number, count: number, kind: Kind<T>): Field<readonly T[]> {
  const stride = kind(0).sizeBytes;
  const items = Array.from({ length: count }, (_, index) => kind(offsetBytes + index * stride));
  return {
    offsetBytes,
    sizeBytes: stride * count,
    get(view) {
      const values = items.map((item) => item.get(view));
      // An inexact number anywhere makes the whole list unreadable, as it would a single field.
      return values.includes(undefined as T) ? (undefined as unknown as readonly T[]) : values;
    },
    set: (view, values) => items.forEach((item, index) => item.set(view, values[index]!)),
  };
}

/** A view of the same bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function viewOfRecord(
  name: string,
  sizeBytes: number,
  bytes: Uint8Array,
  atBytes: number,
): DataView {
  if (atBytes < 0 || atBytes + sizeBytes > bytes.length) {
    throw new LaneError(
      "record-truncated",
      `${name}: found ${bytes.length - atBytes} bytes, expected ${sizeBytes}`,
      { facts: { record: name, foundBytes: bytes.length - atBytes, expectedBytes: sizeBytes } },
    );
  }
  return new DataView(bytes.buffer, bytes.byteOffset + atBytes, sizeBytes);
}

function bytesOf(view: DataView, offsetBytes: number, sizeBytes: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offsetBytes, sizeBytes);
}

function outOfRange(field: string): LaneError {
  return new LaneError(
    "record-number-out-of-range",
    `${field}: found a 64-bit number beyond 2^53, which no real disk holds`,
    { facts: { field } },
  );
}
