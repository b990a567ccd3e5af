/**
 * The debugging entries of an object file, as a tree: what a compiler says of the types that it compiled.
 *
 * Source: DWARF 4 (dwarfstd.org), sections 7.5 to 7.6. Limits: version 4 in its 32-bit format, one compile unit, in an
 * object file of x86-64, arm64 or riscv64 that was not linked; no location lists, no type units.
 *
 *     UNIT in .debug_info                          ABBREVIATION in .debug_abbrev, all LEB128
 *      0  4  length of what follows                 code, tag, then one byte: 1 if entries have children
 *      4  2  version, 4                             pairs of attribute and form, up to a pair of zeros
 *      6  4  offset of its abbreviations            a code of zero ends the list
 *     10  1  bytes of an address, 8
 *     11     ENTRIES: LEB128 code (0 ends a list of children), then a value for each pair of its abbreviation
 *
 * A string is an offset into .debug_str. Nothing is linked yet, so the field holds 0 and the offset is the addend of the
 * relocation for that place: .rela.debug_info has 24 bytes for each: u64 place, u64 kind, i64 addend.
 *
 *     01 | 11 01 | 25 0e | 13 05 | 00 00      code 1: compile unit with children; producer: strp; language: data2
 */
import { LaneError } from "../../base/errors.js";
import { bytesAt, cString, type Elf } from "../elf.js";
import { i64, record, u64 } from "../records.js";
import { openCursor, type Cursor } from "./cursor.js";
import { readForm, type FormValue } from "./forms.js";

export interface DebugEntry {
  /** Within the unit, in bytes: what other entries refer to it by. */
  readonly offsetBytes: number;
  readonly tag: number;
  readonly attributes: ReadonlyMap<number, FormValue>;
  readonly children: readonly DebugEntry[];
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly pairs: readonly (readonly [attribute: number, form: number])[];
}

const UNIT_HEADER_BYTES = 11;
const relocation = record("ELF relocation", 24, { place: u64(0), addend: i64(16) });

/**
 * The top entry of the first unit, with all below it.
 *
 * @throws LaneError `dwarf-unreadable` (image) for an object without debugging entries, or with another version's
 */
export function readDebugEntries(elf: Elf): DebugEntry {
  try {
    return readFirstUnit(elf);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw unreadable(elf, `damaged debugging entries (${error.message})`, "whole ones");
  }
}

function readFirstUnit(elf: Elf): DebugEntry {
  const info = openCursor(sectionBytes(elf, ".debug_info"));
  info.skip(4);
  const version = info.unsigned(2);
  if (version !== 4) throw unreadable(elf, `DWARF version ${version}`, "version 4");
  const abbreviations = readAbbreviations(
    sectionBytes(elf, ".debug_abbrev").subarray(info.unsigned(4)),
  );
  info.skip(UNIT_HEADER_BYTES - info.at());
  const strings = sectionBytes(elf, ".debug_str");
  const addends = readAddends(elf);
  const stringAt = (placeBytes: number, stored: number): string =>
    cString(strings, addends.get(placeBytes) ?? stored);
  const top = readEntry(info, abbreviations, stringAt);
  if (top === undefined) throw unreadable(elf, "a unit without entries", "one");
  return top;
}

function readEntry(
  info: Cursor,
  abbreviations: ReadonlyMap<number, Abbreviation>,
  stringAt: (placeBytes: number, stored: number) => string,
): DebugEntry | undefined {
  const offsetBytes = info.at();
  const abbreviation = abbreviations.get(info.leb128());
  if (abbreviation === undefined) return undefined;
  const { tag, hasChildren, pairs } = abbreviation;
  const attributes = new Map(
    pairs.map(([attribute, form]) => [attribute, readForm(info, form, stringAt)] as const),
  );
  const children: DebugEntry[] = [];
  while (hasChildren) {
    const child = readEntry(info, abbreviations, stringAt);
    if (child === undefined) break;
    children.push(child);
  }
  return { offsetBytes, tag, attributes, children };
}

function readAbbreviations(bytes: Uint8Array): ReadonlyMap<number, Abbreviation> {
  const cursor = openCursor(bytes);
  const found = new Map<number, Abbreviation>();
  for (let code = cursor.leb128(); code !== 0; code = cursor.leb128()) {
    const tag = cursor.leb128();
    const hasChildren = cursor.unsigned(1) === 1;
    const pairs: [number, number][] = [];
    for (;;) {
      const pair: [number, number] = [cursor.leb128(), cursor.leb128()];
      if (pair[0] === 0 && pair[1] === 0) break;
      pairs.push(pair);
    }
    found.set(code, { tag, hasChildren, pairs });
  }
  return found;
}

/** By the place in .debug_info that the linker would put them. */
function readAddends(elf: Elf): ReadonlyMap<number, number> {
  const section = elf.sections.find(({ name }) => name === ".rela.debug_info");
  if (section === undefined) return new Map();
  const bytes = bytesAt(elf.file, section.offsetBytes, section.sizeBytes);
  const count = Math.floor(bytes.length / relocation.sizeBytes);
  return new Map(relocation.decodeArray(bytes, count).map(({ place, addend }) => [place, addend]));
}

function sectionBytes(elf: Elf, wanted: string): Uint8Array {
  const section = elf.sections.find(({ name }) => name === wanted);
  if (section === undefined) throw unreadable(elf, `no section ${wanted}`, "debugging entries");
  return bytesAt(elf.file, section.offsetBytes, section.sizeBytes);
}

function unreadable(elf: Elf, found: string, expected: string): LaneError {
  return new LaneError(
    "dwarf-unreadable",
    `${elf.file.name}: found ${found}, expected ${expected}`,
    { facts: { path: elf.file.name } },
  );
}
