/** How the values of attributes are written: DWARF 4, section 7.5.4 and figure 20. */
import type { Cursor } from "./cursor.js";

/** A number (a reference is the offset of another entry), a text, or nothing for a block whose bytes are of no use here. */
export type FormValue = number | string | undefined;

type ReadForm = (info: Cursor) => FormValue;

const STRING_OFFSET = 0x0e;

const fixed = (bytes: number): ReadForm => {
  return (info) => info.unsigned(bytes);
};

const block = (lengthOf: (info: Cursor) => number): ReadForm => {
  return (info) => {
    info.skip(lengthOf(info));
    return undefined;
  };
};

const forms: Readonly<Record<number, ReadForm>> = {
  0x01: fixed(8), // addr
  0x03: block((info) => info.unsigned(2)),
  0x04: block((info) => info.unsigned(4)),
  0x05: fixed(2),
  0x06: fixed(4),
  0x07: fixed(8),
  0x08: (info) => info.text(),
  0x09: block((info) => info.leb128()),
  0x0a: block((info) => info.unsigned(1)),
  0x0b: fixed(1),
  0x0c: fixed(1), // flag
  0x0d: (info) => info.signedLeb128(),
  0x0f: (info) => info.leb128(),
  0x11: fixed(1), // ref1 and its like
  0x12: fixed(2),
  0x13: fixed(4),
  0x14: fixed(8),
  0x15: (info) => info.leb128(),
  0x17: fixed(4), // sec_offset
  0x18: block((info) => info.leb128()), // exprloc
  0x19: () => 1, // flag_present
};

/** @throws RangeError for a form that no object of one C file has */
export function readForm(
  info: Cursor,
  form: number,
  stringAt: (placeBytes: number, stored: number) => string,
): FormValue {
  if (form === STRING_OFFSET) return stringAt(info.at(), info.unsigned(4));
  const read = forms[form];
  if (read === undefined) throw new RangeError(`found the DWARF form 0x${form.toString(16)}`);
  return read(info);
}
