/**
 * An entry of the GPT's array (UEFI 2.10, section 5.3.3).
 *
 * | OFFSET | SIZE | MEANING                                                    |
 * | ------ | ---- | ---------------------------------------------------------- |
 * | 0      | 16   | GUID of the partition's type; all zero: the entry is free  |
 * | 16     | 16   | GUID of the partition                                      |
 * | 32     | 8    | first LBA                                                  |
 * | 40     | 8    | last LBA, inclusive                                        |
 * | 48     | 8    | attributes                                                 |
 * | 56     | 72   | name, UTF-16LE, up to 36 units                             |
 *
 * Invariants: first ≤ last, both within what the header calls usable. Entries may be longer than 128 bytes; the rest is
 * reserved. A partition's number is its entry's index plus one, whether or not the entries before it are used.
 *
 * Worked example: type `b6 7c 6e 51 cf 6e d6 11 8f f8 00 02 2d 09 71 2b` (freebsd-ufs), then the partition's GUID, then
 * `28 44 00 00 00 00 00 00` for LBA 17448 and `d7 ff 05 00 00 00 00 00` for LBA 393175: the root of `newfs-suj-gpt.img`.
 */
import { record, type RecordOf, i64, raw, wide } from "../../binary/records.js";

export const gptEntry = record("GPT entry", 128, {
  typeGuid: raw(0, 16),
  guid: raw(16, 16),
  firstLba: i64(32),
  lastLba: i64(40),
  attributes: wide(48),
  nameUtf16: raw(56, 72),
});

export type GptEntry = RecordOf<typeof gptEntry>;

export function nameOfEntry(entry: GptEntry): string {
  return Buffer.from(entry.nameUtf16).toString("utf16le").split("\0", 1)[0]!;
}
