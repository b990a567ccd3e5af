/** What stands for bytes that are no UTF-8. */
export const replacementCodePoint = 0xfffd;

/** What one byte did: a code point is complete, more bytes are needed, or what came before this byte was no UTF-8. */
type Utf8Step = number | "pending" | "broken";

/**
 * UTF-8 one byte at a time, so that a character may be split between two chunks. Follows the well-formed sequences of the Unicode
 * Standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
export interface Utf8Decoder {
  /** After `broken` the byte has not been used and is to be given again. */
  step(byte: number): Utf8Step;
  /** Whether a sequence has begun and is not complete. */
  readonly midway: boolean;
  reset(): void;
}

export function openUtf8Decoder(): Utf8Decoder {
  let wanted = 0;
  let codePoint = 0;
  let lowest = 0x80;
  let highest = 0xbf;

  function reset(): void {
    wanted = 0;
    [lowest, highest] = [0x80, 0xbf];
  }

  function begin(byte: number): Utf8Step {
    if (byte < 0x80) return byte;
    if (byte < 0xc2 || byte > 0xf4) return replacementCodePoint;
    wanted = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    codePoint = byte & (wanted === 1 ? 0x1f : wanted === 2 ? 0x0f : 0x07);
    if (byte === 0xe0) lowest = 0xa0;
    if (byte === 0xed) highest = 0x9f;
    if (byte === 0xf0) lowest = 0x90;
    if (byte === 0xf4) highest = 0x8f;
    return "pending";
  }

  return {
    step(byte) {
      if (wanted === 0) return begin(byte);
      if (byte < lowest || byte > highest) {
        reset();
        return "broken";
      }
      codePoint = (codePoint << 6) | (byte & 0x3f);
      [lowest, highest] = [0x80, 0xbf];
      return --wanted === 0 ? codePoint : "pending";
    },
    get midway() {
      return wanted > 0;
    },
    reset,
  };
}
