/**
 * On-disk records, described by one field table that drives both decoding and encoding.
 *
 * A record is a fixed number of bytes; a field is an offset, a width and a meaning. All numbers are little-endian, as in
 * GPT (UEFI 5.3) and in the UFS2 of every machine that FreeBSD still supports. Sixty-four-bit numbers are *checked*: a
 * value that a double cannot hold exactly is refused, since in an offset, a size or a count it can only be damage.
 *
 * Encoding goes *into* existing bytes and touches nothing but the fields named, so that reserved and unknown parts of a
 * record survive an edit byte for byte.
 *
 * @example
 * const point = record("point", 8, { x: u32(0), y: u32(4) });
 * type Point = RecordOf<typeof point>;              // { readonly x: number; readonly y: number }
 * point.decode(bytes);                              // from the first eight bytes
 * point.encodeInto(bytes, { y: 7 });                // x stays as it is
 */
import { LaneError } from "../base/errors.js";

/** One field: where it is, and how it is read and written. `at` is the start of the record within the view. */
export interface Field<T> {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  get(view: DataView, at: number): T;
  set(view: DataView, at: number, value: T): void;
}

export type FieldTable = Readonly<Record<string, Field<unknown>>>;

type ValuesOf<F extends FieldTable> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

export interface RecordTable<F extends FieldTable> {
  readonly name: string;
  readonly sizeBytes: number;
  readonly fields: F;
  /** @throws LaneError `record-truncated`, `record-number-out-of-range` */
  decode(bytes: Uint8Array, atBytes?: number): ValuesOf<F>;
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
  return {
    name,
    sizeBytes,
    fields,
    decode(bytes, atBytes = 0) {
      const view = viewOf(name, sizeBytes, bytes, atBytes);
      const values: Record<string, unknown> = {};
      for (const [key, field] of entries) {
        const value = field.get(view, 0);
        if (value === undefined) throw outOfRange(`${name}.${key}`);
        values[key] = value;
      }
      return values as ValuesOf<F>;
    },
    encodeInto(bytes, values, atBytes = 0) {
      const view = viewOf(name, sizeBytes, bytes, atBytes);
      for (const [key, value] of Object.entries(values)) {
        if (value !== undefined) fields[key]!.set(view, 0, value);
      }
    },
  };
}

function viewOf(name: string, sizeBytes: number, bytes: Uint8Array, atBytes: number): DataView {
  if (atBytes < 0 || atBytes + sizeBytes > bytes.length) {
    throw new LaneError(
      "record-truncated",
      `${name}: found ${bytes.length - atBytes} bytes, expected ${sizeBytes}`,
      { facts: { record: name, foundBytes: bytes.length - atBytes, expectedBytes: sizeBytes } },
    );
  }
  return new DataView(bytes.buffer, bytes.byteOffset + atBytes, sizeBytes);
}

function outOfRange(field: string): LaneError {
  return new LaneError(
    "record-number-out-of-range",
    `${field}: found a 64-bit number beyond 2^53, which no real disk holds`,
    { facts: { field } },
  );
}
