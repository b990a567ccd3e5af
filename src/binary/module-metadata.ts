/**
 * Which modules a FreeBSD kernel or kernel module is made of, and which it needs.
 *
 * Source: FreeBSD `sys/sys/module.h`, `sys/sys/linker_set.h`. The set `modmetadata_set` is an array of addresses of
 *
 *     0  4  version, 1      4  4  kind: 1 depends on, 2 is a module, 3 has a version      8  8  data      16  8  address of the name
 *
 * A kernel's addresses are there as they are, between two symbols; in a module (an object file) each is a relocation (R_X86_64_64): u64 offset,
 * u64 symbol << 32 | type, i64 addend.
 */
import { bytesAt, bytesAtAddress, cString, type Elf, type ElfSection } from "./elf.js";
import { findElfSymbols } from "./elf-symbols.js";
import { viewOf } from "./records.js";

export interface ModuleMetadata {
  /** Names of modules that have to be there. */
  readonly needs: readonly string[];
  /** Names under which others may need it. */
  readonly provides: readonly string[];
}

const KINDS = { needs: 1, provides: 3 } as const;
const SET = "set_modmetadata_set";
const SECTION_SYMBOLS = 2;
const SECTION_RELOCATIONS = 4;
const RECORD_BYTES = 24;
const NAME_BYTES = 64;

/** @throws LaneError `elf-damaged` (image) */
export function moduleMetadata(elf: Elf): ModuleMetadata {
  const found = elf.type === "relocatable" ? inModule(elf) : inKernel(elf);
  const named = (kind: number): readonly string[] => [
    ...new Set(found.filter((one) => one.kind === kind).map(({ name }) => name)),
  ];
  return { needs: named(KINDS.needs), provides: named(KINDS.provides) };
}

interface Named {
  readonly kind: number;
  readonly name: string;
}

function inKernel(elf: Elf): readonly Named[] {
  const names = [`__start_${SET}`, `__stop_${SET}`];
  const symbols = findElfSymbols(elf, names);
  const [start, stop] = names.map((name) => symbols.get(name)?.address);
  if (start === undefined || stop === undefined || stop <= start) return [];
  const set = viewOf(bytesAtAddress(elf, start, Number(stop - start)) ?? new Uint8Array(0));
  return range(set.byteLength, 8).flatMap((at) => {
    const record = bytesAtAddress(elf, set.getBigUint64(at, true), RECORD_BYTES);
    if (record?.length !== RECORD_BYTES) return [];
    const view = viewOf(record);
    const name = bytesAtAddress(elf, view.getBigUint64(16, true), NAME_BYTES);
    return name === undefined ? [] : [{ kind: view.getUint32(4, true), name: cString(name) }];
  });
}

function inModule(elf: Elf): readonly Named[] {
  const set = elf.sections.findIndex(({ name }) => name === SET);
  const places = relocationsOf(elf, set);
  const known = new Map<number, ReadonlyMap<number, Place>>();
  return [...places.values()].flatMap(({ section, offset }) => {
    const inSection = known.get(section) ?? relocationsOf(elf, section);
    known.set(section, inSection);
    const name = inSection.get(offset + 16);
    if (name === undefined) return [];
    const kind = viewOf(bytesIn(elf, section, offset, 8)).getUint32(4, true);
    return [{ kind, name: cString(bytesIn(elf, name.section, name.offset, NAME_BYTES)) }];
  });
}

/** A place of an object file. */
interface Place {
  readonly section: number;
  readonly offset: number;
}

/** Where the addresses in a section lead, by their offset. */
function relocationsOf(elf: Elf, section: number): ReadonlyMap<number, Place> {
  const tables = elf.sections.filter(
    ({ type, info }) => type === SECTION_RELOCATIONS && info === section,
  );
  const symbols = elf.sections.find(({ type }) => type === SECTION_SYMBOLS);
  if (symbols === undefined) return new Map();
  const symbolView = viewOf(contentOf(elf, symbols));
  return new Map(
    tables.flatMap((table) => {
      const view = viewOf(contentOf(elf, table));
      return range(view.byteLength, 24).map((at) => {
        const symbol = Number(view.getBigUint64(at + 8, true) >> 32n) * 24;
        const value = Number(symbolView.getBigUint64(symbol + 8, true));
        const offset = value + Number(view.getBigInt64(at + 16, true));
        const place = { section: symbolView.getUint16(symbol + 6, true), offset };
        return [Number(view.getBigUint64(at, true)), place] as const;
      });
    }),
  );
}

function contentOf(elf: Elf, { offsetBytes, sizeBytes }: ElfSection): Uint8Array {
  return bytesAt(elf.file, offsetBytes, sizeBytes);
}

function bytesIn(elf: Elf, section: number, offset: number, maxBytes: number): Uint8Array {
  const { offsetBytes, sizeBytes } = elf.sections[section]!;
  return bytesAt(elf.file, offsetBytes + offset, Math.min(maxBytes, sizeBytes - offset));
}

function range(end: number, step: number): readonly number[] {
  return Array.from({ length: Math.floor(end / step) }, (_, index) => index * step);
}
