/**
 * The UFS2 inode: `struct ufs2_dinode` of FreeBSD's sys/ufs/ufs/dinode.h, 256 bytes.
 *
 * | OFFSET | SIZE | MEANING                                                                       |
 * | ------ | ---- | ----------------------------------------------------------------------------- |
 * | 0      | 2    | type and permissions; 0: free                                                 |
 * | 2      | 2    | names that refer to it                                                        |
 * | 4, 8   | 4, 4 | owner, group                                                                  |
 * | 12     | 4    | block size hint, unused                                                       |
 * | 16     | 8    | size in bytes                                                                 |
 * | 24     | 8    | units of 512 bytes held, data, indirect and attribute blocks together         |
 * | 32–56  | 4×8  | seconds of access, modification, change, birth                                |
 * | 64–76  | 4×4  | nanoseconds of modification, access, change, birth (in this order)            |
 * | 80     | 4    | generation                                                                    |
 * | 84     | 4    | flags of the kernel                                                           |
 * | 88     | 4    | flags of chflags(1), such as 0x20000 schg                                     |
 * | 92     | 4    | size of extended attributes                                                   |
 * | 96     | 2×8  | their blocks                                                                  |
 * | 112    | 12×8 | direct blocks, by fragment address, 0: a hole                                 |
 * | 208    | 3×8  | single, double and triple indirect block                                      |
 * | 232    | 8    | NFS revision                                                                  |
 * | 240    | 4    | directories since FreeBSD 14: depth below the root; else the unlinked list    |
 * | 244    | 4    | check-hash                                                                    |
 *
 * A symbolic link shorter than the superblock's limit (120) has its text at 112 and no blocks; a device has its number there.
 * Invariants: the block of the last byte is allocated; only the last of the direct blocks may be shorter than a block, a
 * file that has indirect blocks consists of whole blocks.
 *
 * Worked example, the root directory of `newfs-8k-plain.img` at 65536 + 0x5200 = inode 2, first line:
 * `ed 41 08 00` is mode 040755 with eight names, then owner 0, group 0.
 */
import {
  record,
  type RecordOf,
  i16,
  i32,
  i64,
  list,
  raw,
  u16,
  u32,
  u64,
  wide,
} from "../../binary/records.js";
import { checkHashOf } from "./check-hash.js";
import { damaged, readFragments, type FileSystem } from "./file-system.js";

export const INODE_BYTES = 256;
export const DIRECT_BLOCKS = 12;
export const ROOT_INODE = 2;

export const inodeRecord = record("UFS2 inode", INODE_BYTES, {
  mode: u16(0),
  links: i16(2),
  uid: u32(4),
  gid: u32(8),
  sizeBytes: u64(16),
  sectorsHeld: u64(24),
  accessedSeconds: i64(32),
  modifiedSeconds: i64(40),
  changedSeconds: i64(48),
  bornSeconds: i64(56),
  modifiedNanoseconds: i32(64),
  accessedNanoseconds: i32(68),
  changedNanoseconds: i32(72),
  bornNanoseconds: i32(76),
  generation: u32(80),
  flags: u32(88),
  attributesBytes: u32(92),
  attributeBlocks: list(96, 2, i64),
  /** What the addresses are when they are none: a short link's text. */
  shortLink: raw(112, 120),
  revision: wide(232),
  depth: u32(240),
  checkHash: u32(244),
});

/** The addresses, apart from the rest: in a short link and in a device those bytes are something else. */
export const addressesRecord = record("UFS2 inode addresses", INODE_BYTES, {
  direct: list(112, DIRECT_BLOCKS, i64),
  indirect: list(208, 3, i64),
});

export type InodeFields = RecordOf<typeof inodeRecord>;

export interface Inode extends InodeFields {
  readonly number: number;
  /** The 256 bytes that it was read from. */
  readonly bytes: Uint8Array;
}

/** The type in a mode, as a name. */
export type FileType =
  "file" | "directory" | "symlink" | "character" | "block" | "fifo" | "socket" | "unknown";

const TYPES: Readonly<Record<number, FileType>> = {
  1: "fifo",
  2: "character",
  4: "directory",
  6: "block",
  8: "file",
  10: "symlink",
  12: "socket",
};

export function typeOfMode(mode: number): FileType {
  return TYPES[mode >> 12] ?? "unknown";
}

/** Where an inode is, from the start of the disk. */
export function inodeOffsetBytes(fs: FileSystem, number: number): number {
  const { inodesPerGroup, fragmentsPerGroup, inodesFragment, fragmentBytes } = fs.superblock;
  const group = Math.floor(number / inodesPerGroup);
  const fragment = group * fragmentsPerGroup + inodesFragment;
  return fs.offsetBytes + fragment * fragmentBytes + (number % inodesPerGroup) * INODE_BYTES;
}

/**
 * An inode in use, its check-hash verified where the file system keeps them.
 *
 * @throws LaneError `ufs2-damaged` when the number is out of range, the inode free, or its hash wrong
 */
export function readInode(fs: FileSystem, number: number): Inode {
  const { groupCount, inodesPerGroup } = fs.superblock;
  if (number < ROOT_INODE || number >= groupCount * inodesPerGroup)
    throw damaged(fs, `inode number ${number}`);
  const inode = decodeInode(fs, number, fs.disk.read(inodeOffsetBytes(fs, number), INODE_BYTES));
  if (inode.mode === 0) throw damaged(fs, `a name for inode ${number}, which is free`);
  if (fs.hashes.inodes && inode.checkHash !== hashOfInode(inode.bytes)) {
    throw damaged(fs, `a wrong check-hash in inode ${number}`);
  }
  return inode;
}

export function decodeInode(fs: FileSystem, number: number, bytes: Uint8Array): Inode {
  try {
    return { number, bytes, ...inodeRecord.decode(bytes) };
  } catch {
    throw damaged(fs, `an absurd number in inode ${number}`);
  }
}

export function hashOfInode(bytes: Uint8Array): number {
  return checkHashOf(bytes, inodeRecord.fields.checkHash.offsetBytes);
}

/** A link whose text is in the inode itself. */
export function isShortLink(fs: FileSystem, inode: InodeFields): boolean {
  return typeOfMode(inode.mode) === "symlink" && inode.sizeBytes < fs.superblock.shortLinkBytes;
}

/** Whether the inode's addresses are addresses at all. */
export function hasBlocks(fs: FileSystem, inode: InodeFields): boolean {
  const type = typeOfMode(inode.mode);
  return type === "file" || type === "directory" || (type === "symlink" && !isShortLink(fs, inode));
}

/** The indirect block at an address, as addresses. */
export function readIndirect(fs: FileSystem, fragment: number): readonly number[] {
  const bytes = readFragments(fs, fragment, fs.superblock.blockBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: fs.superblock.addressesPerBlock }, (_, index) => {
    const address = view.getBigInt64(index * 8, true);
    // An address that a double cannot hold is out of range anyway: keep it so, without its exact value.
    return Number(address);
  });
}
