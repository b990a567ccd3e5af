/**
 * cpio archives in the "newc" format: what a Linux kernel unpacks as its initramfs.
 *
 * Source: Linux `Documentation/driver-api/early-userspace/buffer-format.rst`; cpio(5).
 *
 * An archive is a sequence of entries and ends with an entry named `TRAILER!!!`. An entry is a header of 110 ASCII
 * characters, the name with its closing NUL, padding to 4 bytes, the data, padding to 4 bytes. Every number is eight
 * hexadecimal digits.
 *
 *     OFFSET  SIZE  MEANING
 *          0     6  magic "070701"
 *          6     8  inode number (entries that share one are hard links; here each has its own)
 *         14     8  mode: file type and permissions, as in stat(2)
 *         22     8  owner
 *         30     8  group
 *         38     8  number of links (2 for a directory, else 1)
 *         46     8  modification time, seconds since 1970
 *         54     8  size of the data, bytes
 *         62    16  major and minor number of the device that held the file
 *         78    16  major and minor number of the device that the entry is
 *         94     8  size of the name, its NUL included
 *        102     8  checksum, 0 in this format
 *
 * Invariants: a directory comes before what is in it (the kernel makes no missing parents); owner and group are 0; the
 * archive is padded with NULs to a multiple of 512 bytes. Same entries, same bytes: times are 0 unless given.
 *
 * Limits: directories, plain files, symbolic links and character devices; a file or archive stays below 2 GiB. The reader
 * refuses other types and the formats "odc", "crc" and binary. Hard links are read as separate files.
 *
 * Example: the header of `{ type: "directory", path: "dev", mode: 0o755 }` as first entry begins
 *
 *     30 37 30 37 30 31 | 30 30 30 30 30 30 30 31 | 30 30 30 30 34 31 45 44   "070701" "00000001" "000041ED"
 */
import { LaneError } from "../base/errors.js";
import { hex, record, text, type RecordOf } from "./records.js";

interface EntryBase {
  /** Relative to the root of the guest, without a slash at either end: `dev/console`. */
  readonly path: string;
  /** Permissions alone, such as `0o755`; the file type follows from `type`. */
  readonly mode: number;
  /** Seconds since 1970; 0 if absent. */
  readonly mtimeSeconds?: number;
}

export type CpioEntry =
  | (EntryBase & { readonly type: "directory" })
  | (EntryBase & { readonly type: "file"; readonly data: Uint8Array })
  | (EntryBase & { readonly type: "symlink"; readonly target: string })
  | (EntryBase & {
      readonly type: "character-device";
      readonly major: number;
      readonly minor: number;
    });

const MAGIC = "070701";
const TRAILER = "TRAILER!!!";
const header = record("cpio header", 110, {
  magic: text(0, 6),
  inode: hex(6),
  mode: hex(14),
  owner: hex(22),
  group: hex(30),
  links: hex(38),
  mtime: hex(46),
  dataBytes: hex(54),
  fileMajor: hex(62),
  fileMinor: hex(70),
  major: hex(78),
  minor: hex(86),
  nameBytes: hex(94),
  checksum: hex(102),
});
const ARCHIVE_UNIT_BYTES = 512;
const MAX_DATA_BYTES = 0x7fffffff;
/** The kernel skips entries whose name is longer (`PATH_MAX` in its init/initramfs.c). */
const MAX_NAME_BYTES = 4096;

const TYPE_MASK = 0o170000;
const TYPE_BITS = {
  directory: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  "character-device": 0o020000,
} as const;

type Header = RecordOf<typeof header>;

const EMPTY: Header = {
  ...{ magic: MAGIC, inode: 0, mode: 0, owner: 0, group: 0, links: 1, mtime: 0, dataBytes: 0 },
  ...{ fileMajor: 0, fileMinor: 0, major: 0, minor: 0, nameBytes: 0, checksum: 0 },
};

/**
 * The archive that holds the entries, in their order.
 *
 * @throws LaneError `cpio-bad-entry` (bug) for a path that is absolute, climbs, comes twice or has no parent before it
 * @example
 * encodeCpio([
 *   { type: "directory", path: "dev", mode: 0o755 },
 *   { type: "character-device", path: "dev/console", mode: 0o600, major: 5, minor: 1 },
 *   { type: "file", path: "init", mode: 0o755, data: agent },
 * ]);
 */
export function encodeCpio(entries: readonly CpioEntry[]): Uint8Array {
  checkEntries(entries);
  const parts = entries.map((entry, index) => encodeEntry(entry, index + 1));
  parts.push(encodeParts(TRAILER, {}, new Uint8Array(0)));
  const sizeBytes = parts.flat().reduce((sum, part) => sum + part.length, 0);
  const archive = new Uint8Array(roundUp(sizeBytes, ARCHIVE_UNIT_BYTES));
  let offset = 0;
  for (const part of parts.flat()) {
    archive.set(part, offset);
    offset += part.length;
  }
  return archive;
}

/**
 * The entries of an archive, up to its trailer.
 *
 * @throws LaneError `cpio-damaged` (image) for bytes that are no newc archive, or one that is cut short
 * @example decodeCpio(encodeCpio(entries)) // entries, each with its mtimeSeconds
 */
export function decodeCpio(archive: Uint8Array): readonly CpioEntry[] {
  const entries: CpioEntry[] = [];
  let offset = 0;
  for (;;) {
    const found = decodeHeader(archive, offset);
    const { nameBytes, dataBytes } = found;
    const nameAt = offset + header.sizeBytes;
    const dataAt = roundUp(nameAt + nameBytes, 4);
    if (nameBytes < 2 || nameBytes > MAX_NAME_BYTES) {
      throw damaged(offset, `a name of ${nameBytes} bytes`);
    }
    const passesBy = dataAt + dataBytes - archive.length;
    if (passesBy > 0) throw damaged(offset, `an entry that ends ${passesBy} bytes past the end`);
    const name = textOf(archive.subarray(nameAt, nameAt + nameBytes - 1));
    if (name === TRAILER) return entries;
    entries.push(entryOf(name, found, archive.subarray(dataAt, dataAt + dataBytes), offset));
    offset = roundUp(dataAt + dataBytes, 4);
  }
}

function encodeEntry(entry: CpioEntry, inode: number): Uint8Array[] {
  const data =
    entry.type === "file"
      ? entry.data
      : entry.type === "symlink"
        ? Buffer.from(entry.target)
        : new Uint8Array(0);
  const device = entry.type === "character-device" ? entry : { major: 0, minor: 0 };
  const known: Partial<Header> = {
    inode,
    mode: TYPE_BITS[entry.type] | entry.mode,
    links: entry.type === "directory" ? 2 : 1,
    mtime: entry.mtimeSeconds ?? 0,
    major: device.major,
    minor: device.minor,
  };
  return encodeParts(entry.path, known, data);
}

function encodeParts(name: string, known: Partial<Header>, data: Uint8Array): Uint8Array[] {
  const nameBytes = Buffer.byteLength(name) + 1;
  const head = Buffer.alloc(roundUp(header.sizeBytes + nameBytes, 4));
  header.encodeInto(head, { ...EMPTY, ...known, nameBytes, dataBytes: data.length });
  head.write(name, header.sizeBytes);
  return [head, data, new Uint8Array(roundUp(data.length, 4) - data.length)];
}

function decodeHeader(archive: Uint8Array, offset: number): Header {
  if (offset + header.sizeBytes > archive.length) throw damaged(offset, "the end of the file");
  const found = header.decode(archive, offset);
  if (found.magic !== MAGIC) throw damaged(offset, JSON.stringify(found.magic));
  for (const [name, value] of Object.entries(found)) {
    if (Number.isNaN(value)) throw damaged(offset, `no hexadecimal number as ${name}`);
  }
  return found;
}

function entryOf(path: string, found: Header, data: Uint8Array, offset: number): CpioEntry {
  const base = { path, mode: found.mode & 0o7777, mtimeSeconds: found.mtime };
  switch (found.mode & TYPE_MASK) {
    case TYPE_BITS.directory:
      return { ...base, type: "directory" };
    case TYPE_BITS.file:
      return { ...base, type: "file", data };
    case TYPE_BITS.symlink:
      return { ...base, type: "symlink", target: textOf(data) };
    case TYPE_BITS["character-device"]:
      return { ...base, type: "character-device", major: found.major, minor: found.minor };
    default:
      throw damaged(offset, `the file type ${(found.mode & TYPE_MASK).toString(8)} for ${path}`);
  }
}

function checkEntries(entries: readonly CpioEntry[]): void {
  const seen = new Map<string, CpioEntry["type"]>();
  for (const entry of entries) {
    const parts = entry.path.split("/");
    if (parts.some((part) => ["", ".", ".."].includes(part)) || /\0/.test(entry.path)) {
      throw badEntry(entry, "is not a plain relative path");
    }
    if (entry.path === TRAILER) throw badEntry(entry, "is the name that ends an archive");
    if (seen.has(entry.path)) throw badEntry(entry, "comes twice");
    const parent = parts.slice(0, -1).join("/");
    if (parent !== "" && seen.get(parent) !== "directory") {
      throw badEntry(entry, `comes before its directory ${parent}`);
    }
    if ((entry.mode & ~0o7777) !== 0)
      throw badEntry(entry, "has more than permissions in its mode");
    if (entry.type === "file" && entry.data.length > MAX_DATA_BYTES)
      throw badEntry(entry, "is 2 GiB or more");
    seen.set(entry.path, entry.type);
  }
}

function badEntry(entry: CpioEntry, what: string): LaneError {
  const message = `the archive entry ${JSON.stringify(entry.path)} ${what}`;
  return new LaneError("cpio-bad-entry", message, { facts: { path: entry.path } });
}

function damaged(offsetBytes: number, found: string): LaneError {
  return new LaneError(
    "cpio-damaged",
    `not a whole newc cpio archive: at byte ${offsetBytes} found ${found}`,
    { facts: { offsetBytes } },
  );
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
