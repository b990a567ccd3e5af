import type { EscapeEffect } from "./escapes.js";

/** The longest line that is kept whole, in characters. Kernels print far shorter ones; hostile guests do not. */
const maxLineCells = 8192;

/** One line of a terminal: characters in columns, and a cursor that may go back over them. */
export interface LineCells {
  /** Puts a character at the cursor. `false` when the line is full. */
  write(codePoint: number): boolean;
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
  let length = 0;
  let cursor = 0;

  const moveTo = (column: number): void => {
    cursor = Math.min(Math.max(column, 0), maxLineCells - 1);
  };

  return {
    write(codePoint) {
      if (cursor >= maxLineCells) return false;
      if (cursor > length) cells.fill(0x20, length, cursor);
      cells[cursor++] = codePoint;
      if (cursor > length) length = cursor;
      return true;
    },
    carriageReturn: () => void (cursor = 0),
    backspace: () => void (cursor = Math.max(0, cursor - 1)),
    apply(effect) {
      if (effect.kind === "column") moveTo(effect.column);
      if (effect.kind === "move") moveTo(cursor + effect.columns);
      if (effect.kind === "erase") length = effect.what === "line" ? 0 : Math.min(length, cursor);
    },
    clear: () => void (length = cursor = 0),
    get length() {
      return length;
    },
    get atEnd() {
      return cursor === length;
    },
    fromEnd: (back) => (back > length ? 0 : cells[length - back]!),
    text: () => String.fromCodePoint(...cells.subarray(0, length)),
  };
}
