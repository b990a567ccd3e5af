/**
 * ELF files, as far as is needed to say what a kernel or a program is: header, segments, sections, notes.
 *
 * Source: System V ABI, gABI chapters 4 and 5; FreeBSD elf(5). Limits: 64-bit, little-endian; no extended section
 * numbers (a file with 65,280 sections or more reads as one without). Symbols are in `elf-symbols.ts`.
 *
 *     HEADER, 64 bytes           SEGMENT, 56 bytes           SECTION, 64 bytes
 *      0  16  identity            0  4  type                   0  4  name, in the names' section
 *     16   2  type                8  8  offset in the file     4  4  type
 *     18   2  machine            16  8  address                8  8  flags; 16, 8: address
 *     24   8  entry address      32  8  bytes in the file     24  8  offset in the file
 *     32   8  segments' offset   40  8  bytes in memory       32  8  size in bytes
 *     40   8  sections' offset   48  8  alignment             40  4  link: another section's number
 *     56   2  number of segments                              44  4  info: of relocations, the section that they change
 *     60   2  number of sections                              48  8  alignment; 56, 8: size of an entry
 *     62   2  number of the section with the names
 *
 *     identity: 7f 45 4c 46 | 02 (64-bit) | 01 (little-endian) | 01 | OS/ABI (0 none, 3 Linux, 9 FreeBSD) | 8 × 00
 *
 * Invariants, checked: tables and what they name lie within the file. A note is u32 name size, u32 data size, u32 type,
 * the name, the data, each padded to four bytes (eight in a segment that is aligned to eight).
 */
import { LaneError } from "../base/errors.js";
import { record, type RecordOf, raw, u16, u32, u64, wide } from "./records.js";
import type { ByteSource } from "./byte-source.js";

const noteTable = record("ELF note", 12, { nameBytes: u32(0), dataBytes: u32(4), type: u32(8) });
const headerTable = record("ELF header", 64, {
  identity: raw(0, 16),
  type: u16(16),
  machine: u16(18),
  entry: wide(24),
  segmentsOffset: u64(32),
  sectionsOffset: u64(40),
  segmentBytes: u16(54),
  segmentCount: u16(56),
  sectionBytes: u16(58),
  sectionCount: u16(60),
  namesSection: u16(62),
});
const segmentTable = record("ELF segment", 56, {
  type: u32(0),
  offsetBytes: u64(8),
  address: wide(16),
  physicalAddress: wide(24),
  fileBytes: u64(32),
  memoryBytes: u64(40),
  alignBytes: wide(48),
});
export const sectionTable = record("ELF section", 64, {
  nameOffset: u32(0),
  type: u32(4),
  flags: u32(8),
  address: wide(16),
  offsetBytes: u64(24),
  sizeBytes: u64(32),
  link: u32(40),
  info: u32(44),
  alignBytes: u32(48),
  entryBytes: u64(56),
});

export const ELF_OS_ABI_LINUX = 3;
export const ELF_OS_ABI_FREEBSD = 9;
export const SEGMENT_LOAD = 1;
const SEGMENT_INTERPRETER = 3;
const SEGMENT_NOTE = 4;
const SECTION_NOTE = 7;
export const SECTION_NO_BITS = 8;
const XEN_NOTE_PHYS32_ENTRY = 18;
const MAX_NOTES_BYTES = 1024 * 1024;
const MAX_PATH_BYTES = 4096;
/** Object files with a section a function have some 2 MB. */
const MAX_SECTION_NAMES_BYTES = 16 * 1024 * 1024;

const TYPES: Readonly<Record<number, ElfType>> = {
  1: "relocatable",
  2: "executable",
  3: "shared",
  4: "core",
};
const MACHINES: Readonly<Record<number, string>> = {
  3: "i386",
  21: "powerpc64",
  22: "s390x",
  40: "arm",
  62: "amd64",
  183: "arm64",
  243: "riscv64",
};

type ElfType = "relocatable" | "executable" | "shared" | "core" | "other";
type ElfSegment = RecordOf<typeof segmentTable>;
export type ElfSection = RecordOf<typeof sectionTable> & { readonly name: string };

export interface ElfNote {
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
}

export interface Elf {
  readonly file: ByteSource;
  readonly type: ElfType;
  /** As FreeBSD names it: `amd64`, `arm64`; `machine N` where we have no name. */
  readonly machine: string;
  /** The OS/ABI byte: 0 none, 3 Linux, 9 FreeBSD. */
  readonly osAbi: number;
  readonly entry: bigint;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  /** The header itself, and the table of the sections as it is in the file. */
  readonly headerBytes: Uint8Array;
  readonly sectionBytes: Uint8Array;
  /** The number of the section with the names of all. */
  readonly namesSection: number;
}

/**
 * The ELF file, or `undefined` for a file that is none.
 *
 * @throws LaneError `elf-unsupported` (32-bit, big-endian), `elf-damaged` (image)
 * @example readElf(file)?.machine // "amd64"
 */
export function readElf(file: ByteSource): Elf | undefined {
  const head = file.read(0, Math.min(headerTable.sizeBytes, file.sizeBytes));
  if (Buffer.from(head).toString("latin1", 0, 4) !== "\x7fELF") return undefined;
  if (head.length < headerTable.sizeBytes)
    throw damaged(file, `it ends after ${head.length} bytes`);
  const header = headerTable.decode(head);
  if (header.identity[4] !== 2 || header.identity[5] !== 1)
    throw unsupported(file, header.identity);
  return {
    file,
    type: TYPES[header.type] ?? "other",
    machine: MACHINES[header.machine] ?? `machine ${header.machine}`,
    osAbi: header.identity[7]!,
    entry: header.entry,
    segments: readSegments(file, header),
    ...readSections(file, header),
    headerBytes: head,
  };
}

/** The notes of an ELF file: of its segments where it has any, else of its sections (object files). */
export function elfNotes(elf: Elf): readonly ElfNote[] {
  const places =
    elf.segments.length > 0
      ? elf.segments
          .filter(({ type }) => type === SEGMENT_NOTE)
          .map((segment) => ({ ...segment, sizeBytes: segment.fileBytes }))
      : elf.sections
          .filter(({ type }) => type === SECTION_NOTE)
          .map((section) => ({ ...section, alignBytes: 4n }));
  return places.flatMap(({ offsetBytes, sizeBytes, alignBytes }) => {
    if (sizeBytes > MAX_NOTES_BYTES) throw damaged(elf.file, `notes of ${sizeBytes} bytes`);
    return parseNotes(bytesAt(elf.file, offsetBytes, sizeBytes), alignBytes === 8n ? 8 : 4);
  });
}

/** Whether a kernel says where a PVH start enters it, which is what lets QEMU start an ELF kernel with `-kernel`. */
export function hasPvhNote(notes: readonly ElfNote[]): boolean {
  return notes.some(({ name, type }) => name === "Xen" && type === XEN_NOTE_PHYS32_ENTRY);
}

/** Whether a debugger finds lines and types in it (DWARF), and not only names. */
export function hasLinesIn({ sections }: Elf): boolean {
  return sections.some(({ name }) => /^\.z?debug_info$/.test(name));
}

/** The path of the dynamic linker that the file asks for, or `undefined`. */
export function elfInterpreter(elf: Elf): string | undefined {
  const segment = elf.segments.find(({ type }) => type === SEGMENT_INTERPRETER);
  if (segment === undefined) return undefined;
  if (segment.fileBytes > MAX_PATH_BYTES) throw damaged(elf.file, "an interpreter that is no path");
  return cString(bytesAt(elf.file, segment.offsetBytes, segment.fileBytes));
}

/** Up to `maxBytes` of what is loaded at an address, or `undefined` where the file has no bytes for it. */
export function bytesAtAddress(
  elf: Elf,
  address: bigint,
  maxBytes: number,
): Uint8Array | undefined {
  for (const { type, address: start, fileBytes, offsetBytes } of elf.segments) {
    const within = address - start;
    if (type !== SEGMENT_LOAD || within < 0n || within >= BigInt(fileBytes)) continue;
    const skipBytes = Number(within);
    return bytesAt(elf.file, offsetBytes + skipBytes, Math.min(maxBytes, fileBytes - skipBytes));
  }
  return undefined;
}

/** Bytes of the file, where a table of the file said that they are. */
export function bytesAt(file: ByteSource, offsetBytes: number, lengthBytes: number): Uint8Array {
  if (offsetBytes + lengthBytes > file.sizeBytes) {
    const past = `${lengthBytes} bytes at ${offsetBytes}, but the file ends at ${file.sizeBytes}`;
    throw damaged(file, past);
  }
  return file.read(offsetBytes, lengthBytes);
}

/** Text up to its first NUL. */
export function cString(bytes: Uint8Array, offsetBytes = 0): string {
  const end = bytes.indexOf(0, offsetBytes);
  return Buffer.from(bytes.subarray(offsetBytes, end < 0 ? bytes.length : end)).toString("utf8");
}

type Header = RecordOf<typeof headerTable>;

function readSegments(file: ByteSource, header: Header): readonly ElfSegment[] {
  if (header.segmentCount === 0) return [];
  if (header.segmentBytes !== segmentTable.sizeBytes) {
    throw damaged(file, `segment headers of ${header.segmentBytes} bytes`);
  }
  const table = bytesAt(file, header.segmentsOffset, header.segmentCount * segmentTable.sizeBytes);
  return segmentTable.decodeArray(table, header.segmentCount);
}

type Sections = Pick<Elf, "sections" | "sectionBytes" | "namesSection">;

function readSections(file: ByteSource, header: Header): Sections {
  const { namesSection } = header;
  if (header.sectionCount === 0)
    return { sections: [], sectionBytes: new Uint8Array(0), namesSection };
  if (header.sectionBytes !== sectionTable.sizeBytes) {
    throw damaged(file, `section headers of ${header.sectionBytes} bytes`);
  }
  const table = bytesAt(file, header.sectionsOffset, header.sectionCount * sectionTable.sizeBytes);
  const sections = sectionTable.decodeArray(table, header.sectionCount);
  const place = sections[namesSection];
  if ((place?.sizeBytes ?? 0) > MAX_SECTION_NAMES_BYTES)
    throw damaged(file, `${place!.sizeBytes} bytes of names of sections`);
  const names = place ? bytesAt(file, place.offsetBytes, place.sizeBytes) : new Uint8Array(0);
  return {
    sections: sections.map((section) => ({ ...section, name: cString(names, section.nameOffset) })),
    sectionBytes: table,
    namesSection,
  };
}

function parseNotes(bytes: Uint8Array, alignBytes: number): readonly ElfNote[] {
  const padded = (size: number): number => Math.ceil(size / alignBytes) * alignBytes;
  const notes: ElfNote[] = [];
  for (let at = 0; at + noteTable.sizeBytes <= bytes.length;) {
    const { nameBytes, dataBytes, type } = noteTable.decode(bytes, at);
    const dataAt = padded(at + 12 + nameBytes);
    // A note that passes the end is padding or damage: what came before it is still true.
    if (dataAt + dataBytes > bytes.length) break;
    notes.push({
      name: cString(bytes.subarray(at + 12, at + 12 + nameBytes)),
      type,
      data: bytes.subarray(dataAt, dataAt + dataBytes),
    });
    at = padded(dataAt + dataBytes);
  }
  return notes;
}

function unsupported(file: ByteSource, identity: Uint8Array): LaneError {
  const width = identity[4] === 1 ? "32-bit" : identity[4] === 2 ? "64-bit" : "unknown-width";
  const order = identity[5] === 2 ? "big-endian" : "little-endian";
  return new LaneError(
    "elf-unsupported",
    `${file.name} is a ${width} ${order} ELF file, expected a 64-bit little-endian one`,
    { facts: { path: file.name } },
  );
}

function damaged(file: ByteSource, found: string): LaneError {
  return new LaneError(
    "elf-damaged",
    `${file.name} is a damaged or truncated ELF file: found ${found}`,
    { facts: { path: file.name } },
  );
}
