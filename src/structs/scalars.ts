/** The scalar types of C, by the width that they have everywhere. */
import type { BufferAddress, GuestBuffer } from "../protocol/step.js";
import type { CType } from "./c-type.js";
import { invalidValue } from "./struct-error.js";

/** Up to 32 bits: a JavaScript number. */
export type SmallInteger = CType<number, number>;
/** 64 bits: a bigint when it is read; a number that JavaScript holds exactly may be written too. */
export type WideInteger = CType<number | bigint, bigint>;

export const u8 = small("uint8_t", 1, false, {
  get: (view, at) => view.getUint8(at),
  set: (view, at, value) => view.setUint8(at, value),
});
export const u16 = small("uint16_t", 2, false, {
  get: (view, at) => view.getUint16(at, true),
  set: (view, at, value) => view.setUint16(at, value, true),
});
export const u32 = small("uint32_t", 4, false, {
  get: (view, at) => view.getUint32(at, true),
  set: (view, at, value) => view.setUint32(at, value, true),
});
export const i8 = small("int8_t", 1, true, {
  get: (view, at) => view.getInt8(at),
  set: (view, at, value) => view.setInt8(at, value),
});
export const i16 = small("int16_t", 2, true, {
  get: (view, at) => view.getInt16(at, true),
  set: (view, at, value) => view.setInt16(at, value, true),
});
export const i32 = small("int32_t", 4, true, {
  get: (view, at) => view.getInt32(at, true),
  set: (view, at, value) => view.setInt32(at, value, true),
});

export const u64: WideInteger = {
  ...wide("uint64_t"),
  encodeInto: ({ view }, at, value, path) =>
    view.setBigUint64(at, checkWide(value, 0n, 2n ** 64n - 1n, path), true),
  decodeFrom: (view, at) => view.getBigUint64(at, true),
};
export const i64: WideInteger = {
  ...wide("int64_t"),
  encodeInto: ({ view }, at, value, path) =>
    view.setBigInt64(at, checkWide(value, -(2n ** 63n), 2n ** 63n - 1n, path), true),
  decodeFrom: (view, at) => view.getBigInt64(at, true),
};

/** `_Bool`, one byte. Whatever is not 0 reads as true. */
export const bool: CType<boolean, boolean> = {
  ...scalar("_Bool", 1),
  encodeInto: ({ view }, at, value: unknown, path) => {
    if (typeof value !== "boolean") throw invalidValue(path, value, "true or false");
    view.setUint8(at, value ? 1 : 0);
  },
  decodeFrom: (view, at) => view.getUint8(at) !== 0,
};

/**
 * An address of 64 bits: a number, or a buffer of the same call, whose address the guest puts in before the call.
 *
 * @example
 * const iovec = struct({ iovBase: pointer, iovLen: u64 });
 * await guest.syscall(20, 1, iovec({ iovBase: inBytes("68 69"), iovLen: 2 }), 1);
 */
export const pointer: CType<number | bigint | GuestBuffer | BufferAddress, bigint> = {
  ...scalar("void *", 8),
  encodeInto: (target, at, value: unknown, path) => {
    const address = addressIn(value);
    if (address === undefined) {
      target.view.setBigUint64(at, checkWide(value, 0n, 2n ** 64n - 1n, path), true);
    } else {
      if (!target.pointers) {
        throw invalidValue(path, value, "a number: outside of a call no buffer has an address");
      }
      const { of: to, offsetBytes: toOffsetBytes } = address;
      target.pointers.push({ offsetBytes: at, to, toOffsetBytes });
    }
  },
  decodeFrom: (view, at) => view.getBigUint64(at, true),
};

function scalar(cName: string, size: number) {
  return { size, alignment: size, shape: { kind: "scalar", cName } } as const;
}

function wide(cName: string) {
  return scalar(cName, 8);
}

interface Access {
  readonly get: (view: DataView, at: number) => number;
  readonly set: (view: DataView, at: number, value: number) => void;
}

function small(cName: string, size: number, signed: boolean, { get, set }: Access): SmallInteger {
  const span = 2 ** (8 * size);
  const [from, to] = signed ? [-span / 2, span / 2 - 1] : [0, span - 1];
  return {
    ...scalar(cName, size),
    encodeInto: ({ view }, at, value: unknown, path) => {
      if (typeof value !== "number" || !Number.isInteger(value) || value < from || value > to) {
        throw invalidValue(path, value, `a whole number from ${from} to ${to} (${cName})`);
      }
      set(view, at, value);
    },
    decodeFrom: get,
  };
}

function checkWide(value: unknown, from: bigint, to: bigint, path: string): bigint {
  if (typeof value === "bigint" || Number.isSafeInteger(value)) {
    const whole = BigInt(value as number | bigint);
    if (whole >= from && whole <= to) return whole;
  }
  const hint = "beyond 2^53 as a bigint, such as 0xffff_ffff_ffff_ffffn";
  throw invalidValue(path, value, `a whole number from ${from} to ${to}, ${hint}`);
}

function addressIn(value: unknown): Pick<BufferAddress, "of" | "offsetBytes"> | undefined {
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  if (value.kind === "buffer") return { of: value as GuestBuffer, offsetBytes: 0 };
  return value.kind === "address" ? (value as BufferAddress) : undefined;
}
