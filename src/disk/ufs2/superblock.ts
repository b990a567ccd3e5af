/**
 * The UFS2 superblock: `struct fs` of FreeBSD's sys/ufs/ffs/fs.h, 1376 bytes, at byte 65536 of the file system (the other
 * places that FreeBSD searches are in `superblock-search.ts`), with a copy at the start of each cylinder group that is
 * written by newfs(8) and, as in FreeBSD, never updated afterwards.
 *
 * The fields we use (all others are kept byte for byte):
 *
 * | OFFSET | SIZE | MEANING                                                                         |
 * | ------ | ---- | ------------------------------------------------------------------------------- |
 * | 8      | 4    | fragment, in a cylinder group, of its superblock copy                           |
 * | 12     | 4    | … of its cylinder group block                                                   |
 * | 16     | 4    | … of its inodes                                                                 |
 * | 20     | 4    | … of its first data                                                             |
 * | 44     | 4    | number of cylinder groups                                                       |
 * | 48     | 4    | block size, 4096 to 65536, a power of two                                       |
 * | 52     | 4    | fragment size: block size / 1, 2, 4 or 8                                        |
 * | 56     | 4    | fragments per block                                                             |
 * | 60     | 4    | percentage kept free for root                                                   |
 * | 104    | 4    | bytes that the superblock's check-hash covers, up to 8192                       |
 * | 116    | 4    | addresses in an indirect block: block size / 8                                  |
 * | 120    | 4    | inodes in a block: block size / 256                                             |
 * | 144    | 8    | identifier of the file system                                                   |
 * | 156    | 4    | size of the summary area                                                        |
 * | 160    | 4    | size of a cylinder group block, at most one block                               |
 * | 184    | 4    | inodes per group                                                                |
 * | 188    | 4    | fragments per group                                                             |
 * | 208    | 1    | modified flag, 0 on disk                                                        |
 * | 209    | 1    | clean flag: 1 when unmounted in order                                           |
 * | 680    | 32   | volume name                                                                     |
 * | 1000   | 8    | byte offset that this superblock believes to be at                              |
 * | 1008   | 40   | totals: directories, free blocks, inodes, fragments (clusters: unused)          |
 * | 1072   | 8    | time of the last write                                                          |
 * | 1080   | 8    | size of the file system in fragments                                            |
 * | 1088   | 8    | … of its data                                                                   |
 * | 1096   | 8    | fragment of the summary area                                                    |
 * | 1104   | 12   | blocks and inodes that are still to be freed: 0 when clean                      |
 * | 1116   | 80   | inodes of snapshots, 0 when none                                                |
 * | 1216   | 4    | head of the list of unlinked inodes (soft-updates journal): 0 when clean        |
 * | 1304   | 4    | check-hash, see `check-hash.ts`                                                 |
 * | 1308   | 4    | which metadata carries check-hashes: 1 superblock, 2 groups, 4 inodes           |
 * | 1312   | 4    | flags                                                                           |
 * | 1316   | 4    | longest cluster that the groups count, 0: clusters are not counted              |
 * | 1320   | 4    | symbolic links shorter than this are kept in the inode: 120                     |
 * | 1328   | 8    | largest file                                                                    |
 * | 1372   | 4    | magic 0x19540119                                                                |
 *
 * Invariants are those of `superblock-validate.ts`. Worked example, from `newfs-8k-plain.img` at 65536:
 *
 *     00010030  00 20 00 00 00 04 00 00  08 00 00 00 08 00 00 00   blocks of 8192, fragments of 1024, 8 a block, 8 % free
 *     0001055c  19 01 54 19                                        the magic
 */
import {
  record,
  type RecordOf,
  i32,
  i64,
  list,
  raw,
  text,
  u32,
  u8,
  wide,
} from "../../binary/records.js";

export const superblockRecord = record("UFS2 superblock", 1376, {
  superblockFragment: i32(8),
  groupFragment: i32(12),
  inodesFragment: i32(16),
  dataFragment: i32(20),
  groupCount: u32(44),
  blockBytes: i32(48),
  fragmentBytes: i32(52),
  fragmentsPerBlock: i32(56),
  reservedPercent: i32(60),
  hashedBytes: i32(104),
  addressesPerBlock: i32(116),
  inodesPerBlock: u32(120),
  id: raw(144, 8),
  summaryBytes: i32(156),
  groupBytes: i32(160),
  inodesPerGroup: u32(184),
  fragmentsPerGroup: i32(188),
  modified: u8(208),
  clean: u8(209),
  volumeName: text(680, 32),
  ownOffsetBytes: i64(1000),
  directories: i64(1008),
  freeBlocks: i64(1016),
  freeInodes: i64(1024),
  freeFragments: i64(1032),
  timeSeconds: i64(1072),
  sizeFragments: i64(1080),
  dataFragments: i64(1088),
  summaryFragment: i64(1096),
  pendingBlocks: i64(1104),
  pendingInodes: u32(1112),
  snapshots: list(1116, 20, u32),
  unlinkedInodes: i32(1216),
  checkHash: u32(1304),
  hashedMetadata: u32(1308),
  flags: u32(1312),
  longestCluster: i32(1316),
  shortLinkBytes: i32(1320),
  largestFileBytes: wide(1328),
  magic: u32(1372),
});

export type Superblock = RecordOf<typeof superblockRecord>;

export const UFS2_MAGIC = 0x19540119;
export const UFS1_MAGIC = 0x00011954;
/** What newfs(8) writes first and replaces at its end. */
export const UNFINISHED_MAGIC = 0x19960408;

/** Bits of `flags`. */
export const FLAG = {
  unclean: 0x1,
  softUpdates: 0x2,
  needsFsck: 0x4,
  journaledSoftUpdates: 0x8,
  gjournal: 0x40,
  /** Kernels without check-hashes clear it, and `hashedMetadata` then means nothing. */
  checkHashes: 0x200,
} as const;

/** Bits of `hashedMetadata`; FreeBSD clears all others when it mounts. */
export const HASHED = { superblock: 0x1, groups: 0x2, inodes: 0x4 } as const;
