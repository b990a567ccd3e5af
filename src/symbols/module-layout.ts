/**
 * A module laid out, so that an address is one place in it: in a module, which is relocatable, every section begins at address 0, and programs that
 * read debug information answer for whichever section they find first.
 *
 * The copy differs in the table of its sections: each that is loaded gets an address of its own, to which the relocations of the debug information
 * then lead; `.debug_aranges`, whose relocations LLVM does not follow, is empty; and code that is in another file (`.ko.debug`) is said to be in
 * this one, as LLVM looks for lines of nothing else. No program reads the code itself. Seen right with llvm-symbolizer 14 and 19 and with GNU addr2line.
 */
import { closeSync, constants, copyFileSync, openSync, writeSync } from "node:fs";
import { SECTION_NO_BITS, type Elf } from "../binary/elf.js";
import { viewOf } from "../binary/records.js";

/** Above what any offset in a module is, so that an address of the file itself is never taken for one of the layout. */
const FIRST_ADDRESS = 0x1000_0000n;
const ALIGN_BYTES = 0x1000n;
const SECTION_BYTES = 64;
const LOADED = 2;
const EXECUTABLE = 4;
const SECTION_PROGRAM_BITS = 1;

export interface ModuleLayout {
  /** By section number; only those that are loaded. */
  readonly addresses: ReadonlyMap<number, bigint>;
}

/** Where each section would lie; the same for every copy of a file, so that answers can be kept. */
export function layOut(elf: Elf): ModuleLayout {
  const addresses = new Map<number, bigint>();
  let next = FIRST_ADDRESS;
  elf.sections.forEach(({ flags, sizeBytes }, number) => {
    if ((flags & LOADED) === 0) return;
    addresses.set(number, next);
    next = (next + BigInt(sizeBytes) + 2n * ALIGN_BYTES - 1n) & ~(ALIGN_BYTES - 1n);
  });
  return { addresses };
}

/** @throws the system's own errors */
export function writeLaidOut(elf: Elf, { addresses }: ModuleLayout, copy: string): void {
  copyFileSync(elf.file.name, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  const table = new Uint8Array(elf.sectionBytes);
  const view = viewOf(table);
  elf.sections.forEach(({ name, type, flags, sizeBytes }, number) => {
    const at = number * SECTION_BYTES;
    const isCodeElsewhere = type === SECTION_NO_BITS && (flags & EXECUTABLE) !== 0;
    if (isCodeElsewhere && sizeBytes <= elf.file.sizeBytes) {
      view.setUint32(at + 4, SECTION_PROGRAM_BITS, true);
      view.setBigUint64(at + 24, 0n, true);
    }
    const address = addresses.get(number);
    if (address !== undefined) view.setBigUint64(at + 16, address, true);
    if (/^\.(?:rela?)?\.?debug_aranges$/.test(name)) view.setBigUint64(at + 32, 0n, true);
  });
  const tableAt = Number(viewOf(elf.headerBytes).getBigUint64(40, true));
  const descriptor = openSync(copy, "r+");
  try {
    writeSync(descriptor, table, 0, table.length, tableAt);
  } finally {
    closeSync(descriptor);
  }
}
