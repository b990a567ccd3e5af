/**
 * All that a FreeBSD guest is started with, as one ELF file that a hypervisor can load: the hand-over, the kernel, what is loaded with it,
 * its variables and the list of all that. The memory that it describes is the one that loader(8) leaves behind.
 *
 * QEMU takes an ELF file whose note of type 18 (`XEN_ELFNOTE_PHYS32_ENTRY`) says where it begins: eight bytes, though the address has four.
 */
import { readElf } from "../../../binary/elf.js";
import { memorySource, type ByteSource } from "../../../binary/byte-source.js";
import { record, u16, u32, u64, wide } from "../../../binary/records.js";
import { HAND_OVER_ADDRESS, handOverCode, MEMORY_MAP_ENTRIES } from "./hand-over.js";
import { kernelImage, type Piece } from "./kernel-image.js";
import { encodeMetadata, METADATA, offsetOfRecord, u32Bytes, u64Bytes } from "./metadata.js";
import type { LoadedFile } from "./metadata.js";
import { moduleImage } from "./module-image.js";
import { encodeVariables, howtoOf, type BootVariables } from "./variables.js";

export interface BootParts {
  /** The kernel's path in the guest, and its file. */
  readonly kernel: FileToLoad;
  readonly files: readonly (FileToLoad & {
    /** Of a file that is loaded as it is; absent for a kernel module. */
    readonly type?: string;
  })[];
  readonly variables: BootVariables;
}

interface FileToLoad {
  readonly path: string;
  readonly file: ByteSource;
}

const PAGE_BYTES = 4096;
const MEMORY_MAP_BYTES = MEMORY_MAP_ENTRIES * 20;

export interface BootFile {
  readonly bytes: Uint8Array;
  /** The address behind all that is loaded. */
  readonly endAddress: number;
}

/** @throws LaneError `module-not-a-module`, `elf-damaged` (image) */
export function bootFile({ kernel, files, variables }: BootParts): BootFile {
  // Everything in it is read once: of a file of a disk each read finds its blocks anew.
  const source = memorySource(kernel.file.read(0, kernel.file.sizeBytes), kernel.path);
  const elf = readElf(source)!;
  const image = kernelImage(elf, kernel.path);
  const pieces = [...image.pieces];
  const loaded: LoadedFile[] = [];
  let end = image.endAddress;
  const place = (bytes: Uint8Array): number => {
    const address = pageUp(end);
    pieces.push({ address, bytes, memoryBytes: bytes.length });
    end = address + bytes.length;
    return address;
  };
  for (const { path, file, type } of files) {
    if (type === undefined) {
      const module = moduleImage(file, path, pageUp(end));
      place(module.bytes);
      loaded.push(module.file);
    } else {
      const bytes = file.read(0, file.sizeBytes);
      loaded.push({
        name: path,
        type,
        address: place(bytes),
        sizeBytes: bytes.length,
        records: [],
      });
    }
  }
  const variablesAddress = place(encodeVariables(variables));
  // The list has the same length whatever its own address and the end of all are.
  const listAt = (address: number, endAddress: number): Uint8Array =>
    encodeMetadata([
      {
        ...image.file,
        records: [
          ...image.file.records,
          [METADATA.howto, u32Bytes(howtoOf(variables))],
          [METADATA.variables, u64Bytes(BigInt(variablesAddress))],
          [METADATA.end, u64Bytes(BigInt(endAddress))],
          [METADATA.list, u64Bytes(BigInt(address))],
          [METADATA.memoryMap, Buffer.alloc(MEMORY_MAP_BYTES)],
        ],
      },
      ...loaded,
    ]);
  const metadataAddress = pageUp(end);
  const endAddress = pageUp(metadataAddress + listAt(0, 0).length);
  const list = listAt(metadataAddress, endAddress);
  place(list);
  const memoryMapAddress = metadataAddress + offsetOfRecord(list, METADATA.memoryMap);
  const code = handOverCode({ entry: elf.entry, memoryMapAddress, metadataAddress, endAddress });
  const handOver = { address: HAND_OVER_ADDRESS, bytes: code, memoryBytes: code.length };
  return { bytes: encodeElf([handOver, ...pieces]), endAddress };
}

/** For a machine that resumes: a hypervisor asks for the file, and enters nothing. */
export function emptyBootFile(): BootFile {
  const bytes = handOverCode({ entry: 0n, memoryMapAddress: 0, metadataAddress: 0, endAddress: 0 });
  const code = { address: HAND_OVER_ADDRESS, bytes, memoryBytes: bytes.length };
  return { bytes: encodeElf([code]), endAddress: HAND_OVER_ADDRESS + bytes.length };
}

function pageUp(address: number): number {
  return Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;
}

const headerTable = record("ELF header", 64, {
  type: u16(16),
  machine: u16(18),
  version: u32(20),
  entry: u64(24),
  segmentsOffset: u64(32),
  headerBytes: u16(52),
  segmentBytes: u16(54),
  segmentCount: u16(56),
});
const segmentTable = record("ELF segment", 56, {
  type: u32(0),
  flags: u32(4),
  offsetBytes: u64(8),
  address: u64(16),
  physicalAddress: u64(24),
  fileBytes: u64(32),
  memoryBytes: u64(40),
  alignBytes: wide(48),
});
const LOAD = 1;
const NOTE = 4;
const IDENTITY = Buffer.from("7f454c460201010000", "hex");
const NOTE_BYTES = 24;

function encodeElf(pieces: readonly Piece[]): Uint8Array {
  const segmentCount = pieces.length + 1;
  const head = Buffer.alloc(pageUp(64 + segmentCount * 56 + NOTE_BYTES));
  head.set(IDENTITY);
  headerTable.encodeInto(head, {
    ...{ type: 2, machine: 62, version: 1, entry: HAND_OVER_ADDRESS, segmentsOffset: 64 },
    ...{ headerBytes: 64, segmentBytes: 56, segmentCount },
  });
  const noteAt = head.length - NOTE_BYTES;
  head.writeUInt32LE(4, noteAt);
  head.writeUInt32LE(8, noteAt + 4);
  head.writeUInt32LE(18, noteAt + 8);
  head.write("Xen\0", noteAt + 12);
  head.writeUInt32LE(HAND_OVER_ADDRESS, noteAt + 16);
  const segments = [
    { type: NOTE, offsetBytes: noteAt, fileBytes: NOTE_BYTES, memoryBytes: NOTE_BYTES, address: 0 },
  ];
  let offsetBytes = head.length;
  for (const { address, bytes, memoryBytes } of pieces) {
    segments.push({ type: LOAD, offsetBytes, fileBytes: bytes.length, memoryBytes, address });
    offsetBytes += bytes.length;
  }
  segments.forEach((segment, index) =>
    segmentTable.encodeInto(
      head,
      { ...segment, physicalAddress: segment.address, flags: 7, alignBytes: 4n },
      64 + index * 56,
    ),
  );
  return Buffer.concat([head, ...pieces.map(({ bytes }) => bytes)]);
}
