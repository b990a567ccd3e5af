/**
 * What a dump of memory is, by its first bytes: a minidump, which holds the pages that the kernel uses, or all of memory as an ELF core.
 *
 * A minidump's header (FreeBSD `sys/amd64/include/minidump.h`), numbers in the machine's order; behind it, each from the next page on, come
 * the message buffer, the ranges of memory, the bitmap of the pages that are there, the page tables, and the pages.
 *
 * | OFFSET | SIZE | MEANING                                     |
 * | ------ | ---- | ------------------------------------------- |
 * | 0      | 24   | magic, `minidump FreeBSD/amd64`             |
 * | 24     | 4    | version, 3                                  |
 * | 28     | 4    | size of the message buffer                  |
 * | 32     | 4    | size of the bitmap                          |
 * | 36     | 4    | size of the page tables                     |
 * | 40     | 8    | first address of the kernel                 |
 * | 48     | 16   | first and last address of the direct map    |
 * | 64     | 4    | size of the ranges (from version 3 on)      |
 */
import { record, text, u32, wide } from "../../../binary/records.js";

export const minidumpHeader = record("minidump header", 68, {
  magic: text(0, 24),
  version: u32(24),
  messageBytes: u32(28),
  bitmapBytes: u32(32),
  tablesBytes: u32(36),
  kernelBase: wide(40),
  directMapBase: wide(48),
  directMapEnd: wide(56),
  rangesBytes: u32(64),
});

const PAGE_BYTES = 4096;
const MAGIC = "minidump FreeBSD/";

/** Of a dump's first bytes. */
export interface DumpContent {
  /** Such as `minidump, version 3`. */
  readonly what: string;
  /** Why no debugger will open it, as a clause. */
  readonly wrong?: string;
}

/** @param start at least the first 68 bytes of a dump that is not compressed */
export function contentOf(start: Uint8Array, lengthBytes: number): DumpContent {
  if (Buffer.from(start.subarray(0, 4)).equals(ELF_MAGIC)) return { what: "all of memory" };
  const header = minidumpHeader.decode(start);
  if (!header.magic.startsWith(MAGIC))
    return { what: "memory", wrong: "it begins neither as a minidump nor as a core file" };
  const what = `minidump, version ${header.version}`;
  const before = [
    header.messageBytes,
    header.version >= 3 ? header.rangesBytes : 0,
    header.bitmapBytes,
    header.tablesBytes,
  ];
  const endBytes = before.reduce((end, bytes) => end + pages(bytes), PAGE_BYTES);
  if (endBytes <= lengthBytes) return { what };
  return { what, wrong: `its parts end at byte ${endBytes}, and it has ${lengthBytes}` };
}

const ELF_MAGIC = Buffer.from("\x7fELF", "latin1");

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}
