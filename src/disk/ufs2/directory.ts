/**
 * Directories: `struct direct` of FreeBSD's sys/ufs/ufs/dir.h.
 *
 * A directory is a file made of pieces of 512 bytes; entries fill each piece completely and never cross into the next.
 *
 * | OFFSET | SIZE | MEANING                                                                   |
 * | ------ | ---- | ------------------------------------------------------------------------- |
 * | 0      | 4    | inode; 0: the entry is free (only the first of a piece, normally)         |
 * | 4      | 2    | length of the entry up to the next one, a multiple of 4                   |
 * | 6      | 1    | type: 4 directory, 8 file, 10 link … (the type bits of the mode, >> 12)   |
 * | 7      | 1    | length of the name, 1 to 255                                              |
 * | 8      | n+1  | the name and a NUL, padded to a multiple of 4                             |
 *
 * An entry may be longer than its name needs; the rest is free for another. The first two entries of a directory are `.`
 * and `..`; size is a multiple of 512. Our limit: directories of up to 16 MiB, some four hundred thousand names.
 *
 * Worked example, an empty directory, inode 5 in the root:
 *
 *     05 00 00 00  0c 00  04  01  2e 00 00 00       inode 5, 12 bytes, directory, "."
 *     02 00 00 00  f4 01  04  02  2e 2e 00 00       inode 2, 500 bytes: to the end of the piece, "..'
 */
import { record, u16, u32, u8 } from "../../binary/records.js";
import { damaged, type FileSystem } from "./file-system.js";
import { typeOfMode, type FileType, type Inode } from "./inode.js";
import { readContent } from "./content.js";

export const PIECE_BYTES = 512;
export const NAME_LIMIT_BYTES = 255;
const DIRECTORY_LIMIT_BYTES = 16 * 1024 * 1024;

export const entryHeader = record("directory entry", 8, {
  inode: u32(0),
  lengthBytes: u16(4),
  type: u8(6),
  nameBytes: u8(7),
});

/** An entry as it lies in its directory; `inode` 0 means that it is free. */
export interface RawEntry {
  readonly atBytes: number;
  readonly inode: number;
  readonly lengthBytes: number;
  readonly type: number;
  readonly name: Uint8Array;
  /** The byte after the name, 0 in a sound entry. */
  readonly terminator: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly inode: number;
  readonly type: FileType;
}

/** The bytes that an entry with a name of that length needs. */
export function entryBytes(nameBytes: number): number {
  return (entryHeader.sizeBytes + nameBytes + 1 + 3) & ~3;
}

/** @throws LaneError `ufs2-damaged` when it is no directory, or larger than a directory can be */
export function readDirectoryContent(fs: FileSystem, inode: Inode): Uint8Array {
  const { sizeBytes, number } = inode;
  if (typeOfMode(inode.mode) !== "directory")
    throw damaged(fs, `inode ${number} where a directory was expected`);
  if (sizeBytes === 0 || sizeBytes % PIECE_BYTES !== 0 || sizeBytes > DIRECTORY_LIMIT_BYTES) {
    throw damaged(fs, `a directory of ${sizeBytes} bytes, inode ${number}`);
  }
  return readContent(fs, inode, DIRECTORY_LIMIT_BYTES);
}

/** Every entry of a directory's content, free ones too, in order. @throws LaneError `ufs2-damaged` */
export function* rawEntries(fs: FileSystem, content: Uint8Array): Generator<RawEntry> {
  for (let atBytes = 0; atBytes < content.length;) {
    const { inode, lengthBytes, type, nameBytes } = entryHeader.decode(content, atBytes);
    const spaceBytes = PIECE_BYTES - (atBytes % PIECE_BYTES);
    const neededBytes = entryBytes(inode === 0 ? 0 : nameBytes);
    if (lengthBytes > spaceBytes || lengthBytes < neededBytes || lengthBytes % 4 !== 0) {
      throw damaged(fs, `a directory entry of ${lengthBytes} bytes at ${atBytes}`);
    }
    const nameAt = atBytes + entryHeader.sizeBytes;
    yield {
      atBytes,
      inode,
      lengthBytes,
      type,
      name: content.subarray(nameAt, nameAt + nameBytes),
      terminator: content[nameAt + nameBytes] ?? 0,
    };
    atBytes += lengthBytes;
  }
}

/** The names in a directory, without `.` and `..`. */
export function entriesOf(fs: FileSystem, directory: Inode): readonly DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (const { inode, type, name } of rawEntries(fs, readDirectoryContent(fs, directory))) {
    const text = Buffer.from(name).toString("utf8");
    if (inode === 0 || text === "." || text === "..") continue;
    entries.push({ name: text, inode, type: typeOfMode(type << 12) });
  }
  return entries;
}

/** The inode that a name in a directory refers to. */
export function findName(fs: FileSystem, directory: Inode, name: string): number | undefined {
  const wanted = Buffer.from(name, "utf8");
  for (const entry of rawEntries(fs, readDirectoryContent(fs, directory)))
    if (entry.inode !== 0 && wanted.equals(entry.name)) return entry.inode;
  return undefined;
}
