/**
 * A cylinder group: `struct cg` of FreeBSD's sys/ufs/ffs/fs.h, 168 bytes and then its maps, in the fragment that the
 * superblock names, once in every group. It says which inodes and fragments of the group are used.
 *
 * | OFFSET | SIZE | MEANING                                                                         |
 * | ------ | ---- | ------------------------------------------------------------------------------- |
 * | 4      | 4    | magic 0x00090255                                                                |
 * | 12     | 4    | number of the group                                                             |
 * | 20     | 4    | fragments in it: fewer in the last group                                        |
 * | 24     | 4×4  | directories, free blocks, free inodes, free fragments outside free blocks       |
 * | 40     | 3×4  | where the kernel searched last: block, fragment, inode                          |
 * | 52     | 8×4  | how many runs of 1 … 7 free fragments there are in blocks that are not free     |
 * | 92     | 4    | offset of the map of used inodes: a set bit is used                             |
 * | 96     | 4    | offset of the map of free fragments: a set bit is *free*                        |
 * | 100    | 4    | end of the maps                                                                 |
 * | 104    | 4    | offset of the counts of clusters: 32 bits for each length from 1 (0 is unused)  |
 * | 108    | 4    | offset of the map of free blocks, for finding clusters                          |
 * | 112    | 4    | blocks in that map                                                              |
 * | 116    | 4    | inodes in the group                                                             |
 * | 120    | 4    | inodes that were ever initialised; the rest of the inode area is not to be read |
 * | 124    | 4    | unlinked inodes that are still open                                             |
 * | 132    | 4    | check-hash                                                                      |
 * | 136    | 8    | time of the last write                                                          |
 *
 * Invariants: everything that is counted follows from the two maps (`countFree` derives it); a cluster longer than the
 * superblock's longest is counted as one of that length; the counts of clusters start four bytes *before* the end of the
 * fragment map, since the count for length 0 is never used.
 *
 * Worked example, the first group of `newfs-8k-plain.img`: `55 02 09 00` at 4, `a8 00 00 00` at 92: its inode map follows
 * the header at once, at 168.
 */
import { record, type RecordOf, i32, i64, list, u32 } from "../../binary/records.js";
import { checkHashOf } from "./check-hash.js";
import { damaged, readFragments, type FileSystem } from "./file-system.js";

const GROUP_MAGIC = 0x00090255;

export const groupRecord = record("UFS2 cylinder group", 168, {
  magic: u32(4),
  index: u32(12),
  fragments: u32(20),
  directories: i32(24),
  freeBlocks: i32(28),
  freeInodes: i32(32),
  freeFragments: i32(36),
  blockRotor: u32(40),
  fragmentRotor: u32(44),
  inodeRotor: u32(48),
  fragmentRuns: list(52, 8, u32),
  inodeMapAt: u32(92),
  fragmentMapAt: u32(96),
  mapsEndAt: u32(100),
  clusterCountsAt: u32(104),
  clusterMapAt: u32(108),
  clusterBlocks: u32(112),
  inodes: u32(116),
  initialisedInodes: u32(120),
  unlinkedInodes: u32(124),
  checkHash: u32(132),
  timeSeconds: i64(136),
});

export type GroupFields = RecordOf<typeof groupRecord>;

export interface CylinderGroup {
  readonly index: number;
  readonly fields: GroupFields;
  /** The whole block; the maps are windows into it. */
  readonly bytes: Uint8Array;
  readonly inodeMap: Uint8Array;
  readonly fragmentMap: Uint8Array;
}

export function groupFragment(fs: FileSystem, index: number): number {
  return index * fs.superblock.fragmentsPerGroup + fs.superblock.groupFragment;
}

/** @throws LaneError `ufs2-damaged` when it is not that group's block, or its maps do not fit into it */
export function readGroup(fs: FileSystem, index: number): CylinderGroup {
  const { groupBytes, inodesPerGroup, fragmentsPerGroup } = fs.superblock;
  const bytes = readFragments(fs, groupFragment(fs, index), groupBytes);
  const fields = groupRecord.decode(bytes);
  if (fields.magic !== GROUP_MAGIC || fields.index !== index)
    throw damaged(fs, `no cylinder group ${index} at its place`);
  const inodeMapBytes = Math.ceil(inodesPerGroup / 8);
  const fragmentMapBytes = Math.ceil(fragmentsPerGroup / 8);
  const expected = layoutOf(fs);
  for (const [key, value] of Object.entries(expected)) {
    if (fields[key as keyof typeof expected] !== value)
      throw damaged(fs, `cylinder group ${index} with ${key} wrong`);
  }
  return {
    index,
    fields,
    bytes,
    inodeMap: bytes.subarray(fields.inodeMapAt, fields.inodeMapAt + inodeMapBytes),
    fragmentMap: bytes.subarray(fields.fragmentMapAt, fields.fragmentMapAt + fragmentMapBytes),
  };
}

export function hashOfGroup(bytes: Uint8Array): number {
  return checkHashOf(bytes, groupRecord.fields.checkHash.offsetBytes);
}

/** The fragments that a group has: the last one may be short. */
export function fragmentsInGroup(fs: FileSystem, index: number): number {
  const { sizeFragments, fragmentsPerGroup } = fs.superblock;
  return Math.min(fragmentsPerGroup, sizeFragments - index * fragmentsPerGroup);
}

/** Where the maps are: newfs, makefs and fsck all lay them out so, one after the other. */
function layoutOf(fs: FileSystem): {
  readonly inodeMapAt: number;
  readonly fragmentMapAt: number;
  readonly clusterCountsAt: number;
  readonly clusterMapAt: number;
} {
  const { inodesPerGroup, fragmentsPerGroup, fragmentsPerBlock, longestCluster, groupBytes } =
    fs.superblock;
  const inodeMapAt = groupRecord.sizeBytes;
  const fragmentMapAt = inodeMapAt + Math.ceil(inodesPerGroup / 8);
  const fragmentMapEnd = fragmentMapAt + Math.ceil(fragmentsPerGroup / 8);
  const clusterCountsAt = longestCluster > 0 ? Math.ceil((fragmentMapEnd - 4) / 4) * 4 : 0;
  const clusterMapAt = longestCluster > 0 ? clusterCountsAt + 4 * (longestCluster + 1) : 0;
  const blocksPerGroup = fragmentsPerGroup / fragmentsPerBlock;
  const endAt = longestCluster > 0 ? clusterMapAt + Math.ceil(blocksPerGroup / 8) : fragmentMapEnd;
  if (endAt > groupBytes)
    throw damaged(fs, `cylinder groups of ${groupBytes} bytes, too small for their maps`);
  return { inodeMapAt, fragmentMapAt, clusterCountsAt, clusterMapAt };
}
