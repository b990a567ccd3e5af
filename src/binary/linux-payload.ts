/**
 * The kernel that a bzImage unpacks when it starts: an ELF file without symbols, packed by one of several programs.
 *
 * Source: Linux `Documentation/arch/x86/boot.rst`, protocol 2.08 and later.
 *
 *     OFFSET  SIZE  MEANING
 *      0x1f1     1  number of 512-byte setup sectors after the first (0 means 4)
 *      0x248     4  offset of the payload from the end of the setup sectors
 *      0x24c     4  its size in bytes; the last four say how large it is unpacked
 */
import type { ByteSource } from "./byte-source.js";
import { record, text, u32, u8 } from "./records.js";

export interface LinuxPayload {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** What unpacks it to its standard output. */
  readonly unpackedBy: readonly string[];
}

const header = record("Linux boot header", 0x268, {
  setupSectors: u8(0x1f1),
  magic: text(0x202, 4),
  payloadOffset: u32(0x248),
  payloadBytes: u32(0x24c),
});

const GZIP = "\x1f\x8b";
const PACKERS: readonly (readonly [magic: string, command: readonly string[]])[] = [
  [GZIP, ["gzip", "-dc"]],
  ["\xfd7zXZ\0", ["xz", "-dc"]],
  ["\x28\xb5\x2f\xfd", ["zstd", "-dcq"]],
  ["\x02\x21\x4c\x18", ["lz4", "-dcq"]],
  ["\x5d\0\0", ["xz", "-dc", "--format=lzma"]],
  ["BZh", ["bzip2", "-dc"]],
  ["\x89LZO", ["lzop", "-dcq"]],
];

/** `undefined` for what is no bzImage, or packed in a way that is not known. */
export function linuxPayload(file: ByteSource): LinuxPayload | undefined {
  if (file.sizeBytes < header.sizeBytes) return undefined;
  const head = header.decode(file.read(0, header.sizeBytes));
  if (head.magic !== "HdrS") return undefined;
  const offsetBytes = ((head.setupSectors || 4) + 1) * 512 + head.payloadOffset;
  if (head.payloadBytes < 16 || offsetBytes + head.payloadBytes > file.sizeBytes) return undefined;
  const magic = Buffer.from(file.read(offsetBytes, 8)).toString("latin1");
  const found = PACKERS.find(([start]) => magic.startsWith(start));
  if (found === undefined) return undefined;
  // The size is a part of what gzip writes; behind what others write it was added, and they complain of it.
  const sizeBytes = magic.startsWith(GZIP) ? head.payloadBytes : head.payloadBytes - 4;
  return { offsetBytes, sizeBytes, unpackedBy: found[1] };
}
