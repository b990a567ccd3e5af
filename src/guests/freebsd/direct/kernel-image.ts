/**
 * A FreeBSD kernel as loader(8) lays it into memory: its segments at their addresses less KERNBASE, and its symbols behind them.
 *
 * Source: FreeBSD `stand/common/load_elf.c`. The symbols are two tables, each behind its size as a u64 and padded to 8 bytes: symbols,
 * then their names. A debugger and the kernel's own backtraces read them.
 */
import { bytesAt, SEGMENT_LOAD, type Elf } from "../../../binary/elf.js";
import { METADATA, u64Bytes, type LoadedFile } from "./metadata.js";

/** Bytes at a physical address; what is beyond them up to `memoryBytes` is zeros. */
export interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

export interface KernelImage {
  readonly file: LoadedFile;
  readonly pieces: readonly Piece[];
  readonly endAddress: number;
}

/** Where the kernel's address space begins: `sys/amd64/include/vmparam.h`. */
const KERNBASE = 0xffffffff80000000n;
const SECTION_SYMBOLS = 2;
const SEGMENT_DYNAMIC = 2;

/** @param name the path that the kernel calls itself by */
export function kernelImage(elf: Elf, name: string): KernelImage {
  const { file, sections } = elf;
  const pieces = elf.segments
    .filter(({ type }) => type === SEGMENT_LOAD)
    .map(({ address, offsetBytes, fileBytes, memoryBytes }): Piece => {
      const bytes = bytesAt(file, offsetBytes, fileBytes);
      return { address: Number(address - KERNBASE), bytes, memoryBytes };
    });
  const firstAddress = Math.min(...pieces.map(({ address }) => address));
  const lastAddress = aligned(
    Math.max(...pieces.map(({ address, memoryBytes }) => address + memoryBytes)),
  );
  const symbols = symbolsOf(elf);
  const endAddress = lastAddress + symbols.length;
  const dynamic = elf.segments.find(({ type }) => type === SEGMENT_DYNAMIC);
  const headers = elf.headerBytes;
  return {
    pieces:
      symbols.length === 0
        ? pieces
        : [...pieces, { address: lastAddress, bytes: symbols, memoryBytes: symbols.length }],
    endAddress,
    file: {
      name,
      type: "elf kernel",
      address: firstAddress,
      sizeBytes: endAddress - firstAddress,
      records: [
        [METADATA.elfHeader, headers],
        ...(sections.length === 0 ? [] : [[METADATA.sectionHeaders, elf.sectionBytes] as const]),
        ...(symbols.length === 0
          ? []
          : ([
              [METADATA.symbolsFrom, u64Bytes(BigInt(lastAddress))],
              [METADATA.symbolsTo, u64Bytes(BigInt(endAddress))],
            ] as const)),
        ...(dynamic ? [[METADATA.dynamic, u64Bytes(dynamic.address)] as const] : []),
      ],
    },
  };
}

/** Nothing for a kernel without symbols. */
function symbolsOf({ file, sections }: Elf): Uint8Array {
  const symbols = sections.findLast(({ type }) => type === SECTION_SYMBOLS);
  const names = symbols && sections[symbols.link];
  if (!symbols || !names || symbols.sizeBytes === 0) return new Uint8Array(0);
  return Buffer.concat(
    [symbols, names].flatMap(({ offsetBytes, sizeBytes }) => [
      u64Bytes(BigInt(sizeBytes)),
      bytesAt(file, offsetBytes, sizeBytes),
      Buffer.alloc(aligned(sizeBytes) - sizeBytes),
    ]),
  );
}

function aligned(value: number): number {
  return Math.ceil(value / 8) * 8;
}
