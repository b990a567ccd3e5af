/**
 * C structs as typed values.
 *
 * @example
 * const initArgs = struct({ version: u32, flags: u32, dispatchFunc: u64 });
 * await guest.syscall(468, 0x001, initArgs({ version: 20170201 }), initArgs.size, 0);
 */
import { inBytes, inOutBytes, outBytes } from "../protocol/buffers.js";
import type { GuestBuffer, PointerInBuffer } from "../protocol/step.js";
import type { CType, Encoding, Fields, InputOf, OutputOf } from "./c-type.js";
import { decodeMembers, encodeMembers, layOut, membersIn, type MembersOptions } from "./members.js";
import { wrongLength } from "./struct-error.js";

/** What is written: a field that is left out is zero. */
type StructInput<F extends Fields> = { readonly [K in keyof F]?: InputOf<F[K]> };

/** What is read: every field. */
export type StructOutput<F extends Fields> = { readonly [K in keyof F]: OutputOf<F[K]> };

/**
 * A struct's layout. Called with a value it gives the buffer that a system call reads.
 *
 * All of the calls throw LaneError `struct-value-invalid` for a value that does not fit, with the field's path, and
 * `struct-field-unknown` for an unknown field, with the nearest name.
 */
export interface Struct<F extends Fields> extends CType<StructInput<F>, StructOutput<F>> {
  /** A buffer that the kernel reads. */
  (value?: StructInput<F>): GuestBuffer;
  /** A zeroed buffer that the kernel writes; `decode` reads what came back. */
  out(): GuestBuffer;
  /** A buffer that the kernel reads and writes. */
  inOut(value?: StructInput<F>): GuestBuffer;
  readonly fields: F;
  /** Of each field, in bytes from the start. */
  readonly offsets: { readonly [K in keyof F]: number };
  /** The bytes, with zeros as padding. A pointer to a buffer is refused here: only the guest knows its address. */
  encode(value: StructInput<F>): Uint8Array<ArrayBuffer>;
  /** @throws LaneError `struct-length-wrong` unless there are exactly `size` bytes */
  decode(bytes: Uint8Array): StructOutput<F>;
}

/**
 * A struct as a C compiler lays it out on amd64: members in order, each at a multiple of its alignment, the size a multiple
 * of the greatest.
 *
 * @throws LaneError `struct-type-invalid` for no members, or names that C cannot have
 */
export function struct<const F extends Fields>(
  fields: F,
  options: MembersOptions<F> = {},
): Struct<F> {
  const { size, alignment, members } = layOut("struct", fields, options);
  const encodeInto = (target: Encoding, at: number, value: unknown, path: string): void =>
    encodeMembers(membersIn(members, value, path), target, at, path);
  const decodeFrom = (view: DataView, at: number): StructOutput<F> =>
    decodeMembers(members, view, at) as StructOutput<F>;
  const withPointers = (value: StructInput<F>) => {
    const pointers: PointerInBuffer[] = [];
    return [encodeWith(value, pointers), { pointers }] as const;
  };
  const encodeWith = (value: StructInput<F>, pointers?: PointerInBuffer[]) => {
    const bytes = new Uint8Array(size);
    encodeInto({ view: new DataView(bytes.buffer), pointers }, 0, value, "");
    return bytes;
  };
  return Object.assign((value: StructInput<F> = {}) => inBytes(...withPointers(value)), {
    size,
    alignment,
    shape: { kind: "struct", members } as const,
    fields,
    offsets: Object.fromEntries(members.map(({ name, offsetBytes }) => [name, offsetBytes])) as {
      readonly [K in keyof F]: number;
    },
    encodeInto,
    decodeFrom,
    out: () => outBytes(size),
    inOut: (value: StructInput<F> = {}) => inOutBytes(...withPointers(value)),
    encode: (value: StructInput<F>) => encodeWith(value),
    decode(bytes: Uint8Array) {
      if (bytes.length !== size) throw wrongLength(bytes.length, size);
      return decodeFrom(new DataView(bytes.buffer, bytes.byteOffset, size), 0);
    },
  });
}
