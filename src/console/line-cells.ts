import type { EscapeEffect } from "./escapes.js";

/** The longest line that is kept whole, in characters. Kernels print far shorter ones; hostile guests do not. */
const maxLineCells = 8192;

/** One line of a terminal: characters in columns, and a cursor that may go back over them. */
export interface LineCells {
  /** Puts a character at the cursor. `false` when the line is full. */
  write(codePoint: number): boolean;
  /** Puts bytes of ASCII there, as many as have room. Returns how many. */
  writeAscii(bytes: Uint8Array, from: number, to: number): number;
  carriageReturn(): void;
  backspace(): void;
  apply(effect: EscapeEffect): void;
  clear(): void;
  readonly length: number;
  /** Whether the cursor stands behind the last character. */
  readonly atEnd: boolean;
  /** The code point `back` places before the end (1 is the last), 0 when there is none. */
  fromEnd(back: number): number;
  text(): string;
}

export function openLineCells(): LineCells {
  const cells = new Uint32Array(maxLineCells);
  // Most lines are ASCII, and their text is made from bytes at a fraction of the cost.
  const bytes = Buffer.alloc(maxLineCells);
  let isAscii = true;
  let length = 0;
  let cursor = 0;
  // Since a carriage return, nothing but characters that stood there already were written.
  let retraces = false;

  /** Another text from the line's start is another line, as when a kernel panics between CR and LF of a program: the first leaves no tail in it. */
  const beginOverAt = (column: number, codePoint: number): void => {
    if (column >= length || cells[column] === codePoint) return;
    length = column;
    retraces = false;
  };

  const moveTo = (column: number): void => {
    retraces = false;
    cursor = Math.min(Math.max(column, 0), maxLineCells - 1);
  };

  return {
    write(codePoint) {
      if (cursor >= maxLineCells) return false;
      if (cursor > length) cells.fill(0x20, length, cursor);
      if (codePoint >= 0x80) isAscii = false;
      if (retraces) beginOverAt(cursor, codePoint);
      cells[cursor++] = codePoint;
      if (cursor > length) length = cursor;
      return true;
    },
    writeAscii(chunk, from, to) {
      const count = Math.min(to - from, maxLineCells - cursor);
      if (cursor > length) cells.fill(0x20, length, cursor);
      for (let at = 0; at < count; at++) {
        if (retraces) beginOverAt(cursor + at, chunk[from + at]!);
        cells[cursor + at] = chunk[from + at]!;
      }
      cursor += count;
      if (cursor > length) length = cursor;
      return count;
    },
    carriageReturn() {
      cursor = 0;
      retraces = true;
    },
    backspace: () => moveTo(cursor - 1),
    apply(effect) {
      if (effect.kind === "column") moveTo(effect.column);
      if (effect.kind === "move") moveTo(cursor + effect.columns);
      if (effect.kind === "erase") length = effect.what === "line" ? 0 : Math.min(length, cursor);
    },
    clear() {
      length = cursor = 0;
      retraces = false;
      isAscii = true;
    },
    get length() {
      return length;
    },
    get atEnd() {
      return cursor === length;
    },
    fromEnd: (back) => (back > length ? 0 : cells[length - back]!),
    text() {
      if (!isAscii) return String.fromCodePoint(...cells.subarray(0, length));
      for (let at = 0; at < length; at++) bytes[at] = cells[at]!;
      return bytes.toString("latin1", 0, length);
    },
  };
}
