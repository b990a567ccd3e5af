/**
 * Symbols of an ELF file, looked up by name or by address without a list of all of them: a kernel has tens of thousands, and three are
 * wanted.
 *
 * A symbol is 24 bytes: u32 offset of its name in the linked string section, u8 info, u8 other, u16 section number (0: not
 * defined here), u64 value (in an executable: its address), u64 size.
 */
import { LaneError } from "../base/errors.js";
import { record, u16, u32, u64, u8, viewOf, wide } from "./records.js";
import { bytesAt, cString, type Elf, type ElfSection } from "./elf.js";

export interface ElfSymbol {
  readonly address: bigint;
  readonly sizeBytes: number;
}

const SECTION_SYMBOLS = 2;
const SECTION_DYNAMIC_SYMBOLS = 11;
const symbolTable = record("ELF symbol", 24, {
  nameOffset: u32(0),
  /** The lower half says what it is: 0 not said, 1 data, 2 a function. */
  info: u8(4),
  section: u16(6),
  address: wide(8),
  sizeBytes: u64(16),
});
/** A FreeBSD kernel with debug symbols has a table of about 3 MB. */
const MAX_TABLE_BYTES = 256 * 1024 * 1024;

/**
 * The defined symbols among `names`. The dynamic table is read first: it is small and survives strip(1).
 *
 * @throws LaneError `elf-damaged` (image)
 * @example findElfSymbols(kernel, ["version"]).get("version")?.address
 */
export function findElfSymbols(elf: Elf, names: readonly string[]): ReadonlyMap<string, ElfSymbol> {
  const found = new Map<string, ElfSymbol>();
  for (const type of [SECTION_DYNAMIC_SYMBOLS, SECTION_SYMBOLS]) {
    const wanted = names.filter((name) => !found.has(name));
    if (wanted.length === 0) break;
    for (const section of elf.sections.filter((candidate) => candidate.type === type)) {
      for (const [name, symbol] of findIn(elf, section, wanted)) found.set(name, symbol);
    }
  }
  return found;
}

function findIn(elf: Elf, section: ElfSection, names: readonly string[]): Map<string, ElfSymbol> {
  const found = new Map<string, ElfSymbol>();
  const opened = openTable(elf, section);
  if (opened === undefined) return found;
  const { table, strings } = opened;
  const nameAt = nameOffsets(strings, names);
  const view = viewOf(table);
  for (let at = 0; at + symbolTable.sizeBytes <= table.length; at += symbolTable.sizeBytes) {
    // Of tens of thousands of symbols the name alone is looked at, and a few are decoded.
    const name = nameAt.get(view.getUint32(at, true));
    if (name === undefined) continue;
    const { section: definedIn, address, sizeBytes } = symbolTable.decode(table, at);
    if (definedIn !== 0) found.set(name, { address, sizeBytes });
  }
  return found;
}

export interface SymbolPlace {
  readonly name: string;
  /** From the symbol's first byte. */
  readonly offsetBytes: number;
}

const DATA = 1;
const FUNCTION = 2;
/** Assemblers give labels no size; no function of theirs is longer. */
const LONGEST_WITHOUT_SIZE = 4096n;

/**
 * The function that an address is in, or `undefined`: it is in none, or in a module.
 *
 * @throws LaneError `elf-damaged` (image)
 * @example findElfSymbolAt(kernel, 0xffffffff807234e2n) // { name: "twq_recurse", offsetBytes: 18 }
 */
export function findElfSymbolAt(elf: Elf, address: bigint): SymbolPlace | undefined {
  for (const type of [SECTION_SYMBOLS, SECTION_DYNAMIC_SYMBOLS]) {
    for (const section of elf.sections.filter((candidate) => candidate.type === type)) {
      const found = findAt(elf, section, address);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function findAt(elf: Elf, section: ElfSection, wanted: bigint): SymbolPlace | undefined {
  const opened = openTable(elf, section);
  if (opened === undefined) return undefined;
  const { table, strings } = opened;
  const view = viewOf(table);
  let best: { readonly start: bigint; readonly nameOffset: number } | undefined;
  for (let at = 0; at + symbolTable.sizeBytes <= table.length; at += symbolTable.sizeBytes) {
    const start = view.getBigUint64(at + symbolTable.fields.address.offsetBytes, true);
    if (start > wanted || (best && start <= best.start)) continue;
    const { info, section: definedIn, sizeBytes, nameOffset } = symbolTable.decode(table, at);
    const length = sizeBytes === 0 ? LONGEST_WITHOUT_SIZE : BigInt(sizeBytes);
    if (definedIn === 0 || (info & 0xf) > FUNCTION || (info & 0xf) === DATA) continue;
    if (wanted - start < length) best = { start, nameOffset };
  }
  if (best === undefined) return undefined;
  return { name: cString(strings, best.nameOffset), offsetBytes: Number(wanted - best.start) };
}

/** The symbols and the texts of their names; `undefined` where these are missing. */
function openTable(
  elf: Elf,
  section: ElfSection,
): { readonly table: Uint8Array; readonly strings: Uint8Array } | undefined {
  const strings = elf.sections[section.link];
  if (strings === undefined) return undefined;
  for (const { sizeBytes } of [section, strings]) {
    if (sizeBytes > MAX_TABLE_BYTES) throw tooBig(elf, section.name, sizeBytes);
  }
  return {
    table: bytesAt(elf.file, section.offsetBytes, section.sizeBytes),
    strings: bytesAt(elf.file, strings.offsetBytes, strings.sizeBytes),
  };
}

/** Every place where a name ends as a string; linkers let names share the tails of longer ones. */
function nameOffsets(strings: Uint8Array, names: readonly string[]): Map<number, string> {
  const haystack = Buffer.from(strings.buffer, strings.byteOffset, strings.length);
  const offsets = new Map<number, string>();
  for (const name of names) {
    const needle = Buffer.from(`${name}\0`);
    for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
      offsets.set(at, name);
    }
  }
  return offsets;
}

function tooBig(elf: Elf, table: string, sizeBytes: number): LaneError {
  return new LaneError(
    "elf-damaged",
    `${elf.file.name}: the table ${table} claims ${sizeBytes} bytes, expected at most ${MAX_TABLE_BYTES}`,
    { facts: { path: elf.file.name, sizeBytes } },
  );
}
