/**
 * Text of a guest, safe to print on a terminal: nothing in the result can move a cursor, change a colour, set a title or reorder
 * what is read. Controls become caret notation (`^[`, `^G`, `^J`), the C1 controls and the invisible formatting characters of
 * Unicode become `<U+009B>`, tabs become spaces up to the next multiple of eight. Give it one line at a time.
 *
 * @example visible("\u001b[31mred") // "^[[31mred"
 */
export function visible(line: string): string {
  let shown = "";
  for (const character of line) {
    if (character === "\t") shown += " ".repeat(8 - (shown.length % 8));
    else shown += unsafe.test(character) ? nameOf(character.codePointAt(0)!) : character;
  }
  return shown;
}

/** Controls, formatting characters, line and paragraph separators, halves of surrogate pairs. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function nameOf(codePoint: number): string {
  if (codePoint < 0x20) return `^${String.fromCodePoint(codePoint + 0x40)}`;
  if (codePoint === 0x7f) return "^?";
  return `<U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}>`;
}
