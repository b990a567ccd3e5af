/** Reads numbers one after another. */
export interface Cursor {
  /** The offset of what is read next, in bytes. */
  at(): number;
  skip(bytes: number): void;
  /** A little-endian number of 1, 2, 4 or 8 bytes; one of 8 is rounded beyond 2^53. */
  unsigned(bytes: number): number;
  /** A number of seven bits a byte, the lowest first, each byte but the last with its top bit set. */
  leb128(): number;
  signedLeb128(): number;
  /** Text up to a NUL. */
  text(): string;
}

/** @throws RangeError when read past the end */
export function openCursor(bytes: Uint8Array): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const unsigned = (size: number): number => {
    let value = 0;
    for (let index = 0; index < size; index++) value += view.getUint8(at + index) * 256 ** index;
    at += size;
    return value;
  };
  const sevens = (): { readonly value: number; readonly last: number; readonly bits: number } => {
    let value = 0;
    for (let bits = 0; ; bits += 7) {
      const byte = unsigned(1);
      value += (byte & 0x7f) * 2 ** bits;
      if (byte < 0x80) return { value, last: byte, bits: bits + 7 };
    }
  };
  return {
    at: () => at,
    skip(size) {
      at += size;
    },
    unsigned,
    leb128: () => sevens().value,
    signedLeb128() {
      const { value, last, bits } = sevens();
      return last & 0x40 ? value - 2 ** bits : value;
    },
    text() {
      const from = at;
      while (unsigned(1) !== 0);
      return Buffer.from(bytes.subarray(from, at - 1)).toString("utf8");
    },
  };
}
