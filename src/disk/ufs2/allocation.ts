/**
 * Space in a draft: which blocks, fragments and inodes are given out and given back. The maps of the cylinder groups are the
 * truth; everything that is counted is derived from them when the draft is finished.
 *
 * As FFS does, a file goes into the group of its inode, a tail that is shorter than a block into fragments of a block
 * that is in part used already, a new directory into a group that has room. Two of its habits are left out, as they
 * serve a disk that lives long: `fs_maxbpg` (a large file moves on to another group before it fills one) and the area
 * kept for metadata. The percentage that only root may use is used: staging acts as root.
 */
import { LaneError } from "../../base/errors.js";
import { groupOf, groupOfInode, type Draft, type DraftGroup } from "./draft.js";
import { damaged, type FileSystem } from "./file-system.js";
import { blockBits, clearBit, freeRuns, hasBit, setBit } from "./free-space.js";

/**
 * `count` whole blocks, from the preferred group on, in ascending order within a group so that runs are long.
 *
 * @throws LaneError `filesystem-full`
 */
export function takeBlocks(draft: Draft, preferredGroup: number, count: number): number[] {
  const { fragmentsPerBlock, fragmentsPerGroup } = draft.fs.superblock;
  const taken: number[] = [];
  for (const group of groupsFrom(draft, preferredGroup)) {
    const left = Math.min(count - taken.length, group.freeBlocks);
    for (const first of freeBlocksOf(group, fragmentsPerBlock, left)) {
      markUsed(draft.fs, group, first, fragmentsPerBlock);
      taken.push(group.index * fragmentsPerGroup + first);
    }
    if (taken.length === count) return taken;
  }
  throw filesystemFull(draft.fs, (count - taken.length) * draft.fs.superblock.blockBytes);
}

/**
 * `count` consecutive fragments of one block, fewer than a block: the tightest run in a block that is in part used, in
 * the preferred group or the first that has one; else the start of a free block.
 *
 * @throws LaneError `filesystem-full`
 */
export function takeFragments(draft: Draft, preferredGroup: number, count: number): number {
  const { fragmentsPerBlock, fragmentsPerGroup } = draft.fs.superblock;
  for (const group of groupsFrom(draft, preferredGroup)) {
    const first =
      tightestRun(group, fragmentsPerBlock, count) ?? freeBlocksOf(group, fragmentsPerBlock, 1)[0];
    if (first === undefined) continue;
    markUsed(draft.fs, group, first, count);
    return group.index * fragmentsPerGroup + first;
  }
  throw filesystemFull(draft.fs, count * draft.fs.superblock.fragmentBytes);
}

/** A free inode of the preferred group, or of the first after it that has one. @throws LaneError `filesystem-out-of-inodes` */
export function takeInode(draft: Draft, preferredGroup: number, isDirectory: boolean): number {
  const { inodesPerGroup } = draft.fs.superblock;
  for (const group of groupsFrom(draft, preferredGroup)) {
    if (group.freeInodes === 0) continue;
    for (let index = 0; index < inodesPerGroup; index++) {
      if (hasBit(group.inodeMap, index)) continue;
      setBit(group.inodeMap, index);
      group.isChanged = true;
      group.freeInodes -= 1;
      if (isDirectory) group.directories += 1;
      return group.index * inodesPerGroup + index;
    }
  }
  throw new LaneError(
    "filesystem-out-of-inodes",
    `${draft.fs.disk.name}: the file system has no free inode left for another file`,
    { facts: { disk: draft.fs.disk.name } },
  );
}

/** Gives fragments back: a set bit is free. @throws LaneError `ufs2-damaged` when they are no block in use */
export function releaseFragments(draft: Draft, fragment: number, count: number): void {
  const { fs } = draft;
  const { fragmentsPerGroup, fragmentsPerBlock, sizeFragments } = fs.superblock;
  const isInBlock = (fragment % fragmentsPerBlock) + count <= fragmentsPerBlock;
  if (!(fragment > 0 && fragment + count <= sizeFragments && isInBlock))
    throw damaged(fs, `a file with fragments ${fragment} + ${count}, which are no block`);
  const group = groupOf(draft, Math.floor(fragment / fragmentsPerGroup));
  const first = fragment % fragmentsPerGroup;
  for (let index = first; index < first + count; index++) {
    // FreeBSD panics here; to go on would give the same block to two files.
    if (hasBit(group.fragmentMap, index))
      throw damaged(fs, `fragment ${fragment} of a file marked free`);
    setBit(group.fragmentMap, index);
  }
  group.isChanged = true;
  if (isFree(group, Math.floor(first / fragmentsPerBlock), fragmentsPerBlock))
    group.freeBlocks += 1;
}

export function releaseInode(draft: Draft, number: number, isDirectory: boolean): void {
  const group = groupOf(draft, groupOfInode(draft, number));
  clearBit(group.inodeMap, number % draft.fs.superblock.inodesPerGroup);
  group.isChanged = true;
  group.freeInodes += 1;
  if (isDirectory) group.directories -= 1;
}

/** @throws LaneError `ufs2-damaged` when the map offers what holds the file system's own metadata */
function markUsed(fs: FileSystem, group: DraftGroup, first: number, count: number): void {
  const { superblockFragment, dataFragment, fragmentsPerBlock } = fs.superblock;
  const reservedFrom = group.index === 0 ? 0 : superblockFragment;
  if (first < dataFragment && first + count > reservedFrom)
    throw damaged(fs, `metadata of group ${group.index} marked free`);
  if (isFree(group, Math.floor(first / fragmentsPerBlock), fragmentsPerBlock))
    group.freeBlocks -= 1;
  for (let index = 0; index < count; index++) clearBit(group.fragmentMap, first + index);
  group.isChanged = true;
}

function isFree({ fragmentMap }: DraftGroup, block: number, fragmentsPerBlock: number): boolean {
  return blockBits(fragmentMap, block, fragmentsPerBlock) === (1 << fragmentsPerBlock) - 1;
}

/** The first fragments of up to `count` free blocks. */
function freeBlocksOf(group: DraftGroup, fragmentsPerBlock: number, count: number): number[] {
  const found: number[] = [];
  if (count === 0) return found;
  for (const first of blocksThatAre("free", group, fragmentsPerBlock))
    if (found.push(first) === count) break;
  return found;
}

function tightestRun(
  group: DraftGroup,
  fragmentsPerBlock: number,
  count: number,
): number | undefined {
  let best: { readonly first: number; readonly length: number } | undefined;
  for (const block of blocksThatAre("free in part", group, fragmentsPerBlock)) {
    const bits = blockBits(group.fragmentMap, block / fragmentsPerBlock, fragmentsPerBlock);
    for (const { start, length } of freeRuns(bits, fragmentsPerBlock)) {
      if (length === count) return block + start;
      if (length > count && length < (best?.length ?? Infinity))
        best = { first: block + start, length };
    }
  }
  return best?.first;
}

/** The first fragments of blocks. A map is long and mostly full or empty: whole bytes of it are passed over. */
function* blocksThatAre(
  wanted: "free" | "free in part",
  { fields, fragmentMap }: DraftGroup,
  fragmentsPerBlock: number,
): Generator<number> {
  const full = (1 << fragmentsPerBlock) - 1;
  const passedOver = wanted === "free" ? 0 : 0xff;
  for (let byte = 0; byte * 8 < fields.fragments; byte++) {
    const bits = fragmentMap[byte]!;
    if (bits === 0 || bits === passedOver) continue;
    for (let shift = 0; shift < 8; shift += fragmentsPerBlock) {
      const block = (bits >> shift) & full;
      const first = byte * 8 + shift;
      const isWhole = first + fragmentsPerBlock <= fields.fragments;
      if (wanted === "free" ? block === full && isWhole : block !== full && block !== 0)
        yield first;
    }
  }
}

/** The groups from one on, around to it again. */
function* groupsFrom(draft: Draft, first: number): Generator<DraftGroup> {
  const { groupCount } = draft.fs.superblock;
  for (let step = 0; step < groupCount; step++) yield groupOf(draft, (first + step) % groupCount);
}

export function filesystemFull(fs: FileSystem, missingBytes: number): LaneError {
  return new LaneError(
    "filesystem-full",
    `${fs.disk.name}: the file system is full: ${missingBytes} bytes are missing`,
    { facts: { disk: fs.disk.name, missingBytes } },
  );
}
