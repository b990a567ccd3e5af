/**
 * The functions of an ELF file by name, every one of a name: C has static functions of one name in many files. The tables are read a part
 * at a time, since those of a kernel with sanitizers have 100 MB, and no more is kept than what was asked for.
 *
 * The record of a symbol is described in `elf-symbols.ts`. In a relocatable file its value counts from the start of its section.
 */
import { LaneError } from "../base/errors.js";
import type { Elf, ElfSection } from "./elf.js";

export interface ElfFunction {
  readonly name: string;
  /** An address; in a relocatable file bytes from the start of the section. */
  readonly value: bigint;
  /** The section's number. */
  readonly section: number;
  /** As the compiler said it; 0 for most of what is written in assembly. */
  readonly sizeBytes: number;
  /** Up to the next symbol of the section, which is what Linux prints as a function's size. 0 for the last one. */
  readonly spanBytes: number;
}

const SECTION_SYMBOLS = 2;
const SYMBOL_BYTES = 24;
const EXECUTABLE = 4;
/** Not said, function, indirect function. */
const KINDS: readonly number[] = [0, 2, 10];
const NOTYPE_OR_CODE: readonly number[] = [0, 1, 2, 10];
const CHUNK_BYTES = SYMBOL_BYTES * 64 * 1024;
const STRINGS_CHUNK_BYTES = 4 * 1024 * 1024;
const MAX_TABLE_BYTES = 2 * 1024 ** 3;
/** What is asked for is a backtrace; a table with more of its names than this is damaged, or made to be. */
const MAX_FOUND = 100_000;

/**
 * The functions of these names, by name; a name without any is missing.
 *
 * @throws LaneError `elf-damaged` (image)
 * @example findElfFunctions(vmlinux, ["init_once"]).get("init_once")?.length // 17
 */
export function findElfFunctions(
  elf: Elf,
  names: Iterable<string>,
): ReadonlyMap<string, readonly ElfFunction[]> {
  const byName = new Map<string, ElfFunction[]>();
  for (const table of elf.sections.filter(({ type }) => type === SECTION_SYMBOLS)) {
    const strings = elf.sections[table.link];
    if (strings === undefined) continue;
    const nameAt = nameOffsets(elf, strings, names);
    if (nameAt.size === 0) continue;
    for (const found of withSpans(elf, table, functionsAt(elf, table, nameAt))) {
      byName.set(found.name, [...(byName.get(found.name) ?? []), found]);
    }
  }
  return byName;
}

/** Where in the strings a name stands, up to their NUL; linkers let names share the tails of longer ones. */
function nameOffsets(elf: Elf, strings: ElfSection, names: Iterable<string>): Map<number, string> {
  const needles = [...new Set(names)].map((name) => ({ name, bytes: Buffer.from(`${name}\0`) }));
  const overlapBytes = Math.max(0, ...needles.map(({ bytes }) => bytes.length - 1));
  const offsets = new Map<number, string>();
  for (const { at, bytes } of parts(elf, strings, STRINGS_CHUNK_BYTES, overlapBytes)) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const { name, bytes: needle } of needles) {
      for (let from = chunk.indexOf(needle); from >= 0; from = chunk.indexOf(needle, from + 1)) {
        offsets.set(at + from, name);
        if (offsets.size > MAX_FOUND) throw damaged(elf, `the name ${name} ${MAX_FOUND} times`);
      }
    }
  }
  return offsets;
}

type Unspanned = Omit<ElfFunction, "spanBytes">;

function functionsAt(
  elf: Elf,
  table: ElfSection,
  nameAt: ReadonlyMap<number, string>,
): readonly Unspanned[] {
  const found: Unspanned[] = [];
  for (const { view, at } of symbols(elf, table)) {
    // Of hundreds of thousands of symbols the name alone is looked at, and a few are decoded.
    const name = nameAt.get(view.getUint32(at, true));
    if (name === undefined || !KINDS.includes(view.getUint8(at + 4) & 0xf)) continue;
    const section = view.getUint16(at + 6, true);
    if (!isCode(elf, section)) continue;
    const sizeBytes = Number(view.getBigUint64(at + 16, true));
    found.push({ name, value: view.getBigUint64(at + 8, true), section, sizeBytes });
    if (found.length > MAX_FOUND) throw damaged(elf, `${MAX_FOUND} functions of a few names`);
  }
  return found;
}

/** Another pass, over the symbols of those sections that something was found in. */
function withSpans(
  elf: Elf,
  table: ElfSection,
  found: readonly Unspanned[],
): readonly ElfFunction[] {
  if (found.length === 0) return [];
  const starts = new Map<number, number[]>();
  const within = ({ section, value }: Unspanned): number => Number(value - baseOf(elf, section));
  for (const one of found)
    starts.set(one.section, [...(starts.get(one.section) ?? []), within(one)]);
  for (const list of starts.values()) list.sort((a, b) => a - b);
  const next = new Map<string, number>();
  for (const { view, at } of symbols(elf, table)) {
    const section = view.getUint16(at + 6, true);
    const list = starts.get(section);
    if (list === undefined || !NOTYPE_OR_CODE.includes(view.getUint8(at + 4) & 0xf)) continue;
    const offset = Number(view.getBigUint64(at + 8, true) - baseOf(elf, section));
    for (const start of startsBefore(list, offset)) {
      const key = `${section} ${start}`;
      if (offset < (next.get(key) ?? Infinity)) next.set(key, offset);
    }
  }
  return found.map((one) => {
    const start = within(one);
    const end = next.get(`${one.section} ${start}`) ?? start;
    return { ...one, spanBytes: end - start };
  });
}

/** The greatest start below an offset: those before it have a nearer symbol, that start itself. */
function startsBefore(sorted: readonly number[], offset: number): readonly number[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? [] : [sorted[low - 1]!];
}

function baseOf(elf: Elf, section: number): bigint {
  return elf.type === "relocatable" ? 0n : (elf.sections[section]?.address ?? 0n);
}

function isCode(elf: Elf, section: number): boolean {
  return section !== 0 && ((elf.sections[section]?.flags ?? 0) & EXECUTABLE) !== 0;
}

function* symbols(elf: Elf, table: ElfSection): Generator<{ view: DataView; at: number }> {
  for (const { bytes } of parts(elf, table, CHUNK_BYTES, 0)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + SYMBOL_BYTES <= bytes.length; at += SYMBOL_BYTES) yield { view, at };
  }
}

function* parts(
  elf: Elf,
  { name, offsetBytes, sizeBytes }: ElfSection,
  chunkBytes: number,
  overlapBytes: number,
): Generator<{ readonly at: number; readonly bytes: Uint8Array }> {
  if (sizeBytes > MAX_TABLE_BYTES || offsetBytes + sizeBytes > elf.file.sizeBytes)
    throw damaged(elf, `${sizeBytes} bytes of ${name} at ${offsetBytes}`);
  for (let at = 0; at < sizeBytes; at += chunkBytes) {
    const length = Math.min(chunkBytes + overlapBytes, sizeBytes - at);
    yield { at, bytes: elf.file.read(offsetBytes + at, length) };
  }
}

function damaged({ file }: Elf, found: string): LaneError {
  return new LaneError(
    "elf-damaged",
    `${file.name} is a damaged or truncated ELF file: found ${found}`,
    { facts: { path: file.name } },
  );
}
