/**
 * The header of a compressed dump (makedumpfile(8)), as far as it is looked at and completed:
 *
 *     OFFSET  SIZE  MEANING (numbers little-endian)
 *          0     8  "KDUMP   "
 *         12   390  struct new_utsname, six texts of 65 bytes: sysname, nodename, release, version, machine, domainname
 *       4096     8  where the guest's memory begins; the sub-header begins with it
 *       4128     8  where vmcoreinfo is, the kernel's own description of itself: lines of text
 *       4136     8  its size; 0 where there is none
 *
 * QEMU knows the machine alone of the texts, and libkdumpfile, by which drgn reads a dump, takes none of them unless all are there.
 *
 * Source: struct disk_dump_header and kdump_sub_header of makedumpfile's IMPLEMENTATION; QEMU's include/sysemu/dump.h.
 */
import { open, type FileHandle } from "node:fs/promises";

const SIGNATURE = "KDUMP   ";
const NAMES_OFFSET = 12;
const NAME_BYTES = 65;
const MACHINE = 4;
const INFO_OFFSET = 4128;
const HEADER_BYTES = INFO_OFFSET + 16;
const MOST_INFO_BYTES = 64 * 1024;

/**
 * Names the kernel in the header, where it has described itself.
 *
 * @returns whether it has; `false` for what is no compressed dump
 */
export async function nameKernel(path: string): Promise<boolean> {
  await using file = await open(path, "r+");
  const header = await read(file, 0, HEADER_BYTES);
  if (header.toString("latin1", 0, SIGNATURE.length) !== SIGNATURE) return false;
  const sizeBytes = Number(header.readBigUInt64LE(INFO_OFFSET + 8));
  if (sizeBytes === 0) return false;
  const placeBytes = Number(header.readBigUInt64LE(INFO_OFFSET));
  const info = await read(file, placeBytes, Math.min(sizeBytes, MOST_INFO_BYTES));
  const release = /^OSRELEASE=([ -~]{1,64})$/m.exec(info.toString("latin1"))?.[1];
  if (release !== undefined) await file.write(namesOf(header, release), 0, undefined, NAMES_OFFSET);
  return true;
}

/** What is not known is none. */
function namesOf(header: Buffer, release: string): Buffer {
  const at = NAMES_OFFSET + MACHINE * NAME_BYTES;
  const machine = header.toString("latin1", at, at + NAME_BYTES).replace(/\0.*$/s, "");
  const names = ["Linux", "(none)", release, "(none)", machine, "(none)"];
  const bytes = Buffer.alloc(names.length * NAME_BYTES);
  for (const [index, name] of names.entries()) bytes.write(name, index * NAME_BYTES, "latin1");
  return bytes;
}

/** Zeros behind the end of the file. */
async function read(file: FileHandle, atBytes: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes);
  if (Number.isSafeInteger(atBytes)) await file.read(bytes, 0, sizeBytes, atBytes);
  return bytes;
}
