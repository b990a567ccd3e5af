/**
 * Space in the draft: which blocks, fragments and inodes are given out. The maps of the cylinder groups are the truth;
 * everything that is counted is derived from them when the draft is finished.
 *
 * As FFS does, a file goes into the group of its inode, a tail that is shorter than a block into fragments of a block
 * that is in part used already, a new directory into a group that has room. Two of its habits are left out, as they
 * serve a disk that lives long: `fs_maxbpg` (a large file moves on to another group before it fills one) and the area
 * kept for metadata. The percentage that only root may use is used: staging acts as root.
 */
import { LaneError } from "../../base/errors.js";
import { readGroup, type CylinderGroup } from "./cylinder-group.js";
import { damaged, readFragments, type FileSystem } from "./file-system.js";
import { blockBits, clearBit, freeRuns, hasBit, setBit } from "./free-space.js";

export interface Allocation {
  readonly fs: FileSystem;
  /** The groups that were touched, with their maps as they will be. */
  readonly groups: Map<number, DraftGroup>;
  /** What the summary area said of each group at the start. */
  readonly summaries: readonly GroupSummary[];
}

export interface DraftGroup extends CylinderGroup {
  /** Blocks still free in the map: kept so that a full group is not searched again and again. */
  freeBlocks: number;
  freeInodes: number;
  directories: number;
  initialisedInodes: number;
}

interface GroupSummary {
  readonly directories: number;
  readonly freeBlocks: number;
  readonly freeInodes: number;
  readonly freeFragments: number;
}

export function openAllocation(fs: FileSystem): Allocation {
  const { summaryFragment, groupCount } = fs.superblock;
  const bytes = readFragments(fs, summaryFragment, groupCount * 16);
  const view = new DataView(bytes.buffer);
  const summaries = Array.from({ length: groupCount }, (_, index) => ({
    directories: view.getInt32(index * 16, true),
    freeBlocks: view.getInt32(index * 16 + 4, true),
    freeInodes: view.getInt32(index * 16 + 8, true),
    freeFragments: view.getInt32(index * 16 + 12, true),
  }));
  return { fs, groups: new Map(), summaries };
}

export function groupOf(allocation: Allocation, index: number): DraftGroup {
  const known = allocation.groups.get(index);
  if (known !== undefined) return known;
  const group = readGroup(allocation.fs, index);
  const { freeBlocks, freeInodes, directories, initialisedInodes } = group.fields;
  const draft: DraftGroup = { ...group, freeBlocks, freeInodes, directories, initialisedInodes };
  allocation.groups.set(index, draft);
  return draft;
}

/** Free space in fragments, of blocks and of pieces of blocks. */
export function freeFragmentsLeft(fs: FileSystem): number {
  return fs.superblock.freeBlocks * fs.superblock.fragmentsPerBlock + fs.superblock.freeFragments;
}

/**
 * `count` whole blocks, from the preferred group on, in ascending order within a group so that runs are long.
 *
 * @throws LaneError `filesystem-full`
 */
export function takeBlocks(
  allocation: Allocation,
  preferredGroup: number,
  count: number,
): number[] {
  const { fragmentsPerBlock, fragmentsPerGroup } = allocation.fs.superblock;
  const taken: number[] = [];
  for (const group of groupsFrom(allocation, preferredGroup, (summary) => summary.freeBlocks > 0)) {
    const blocks = Math.floor(group.fields.fragments / fragmentsPerBlock);
    const full = (1 << fragmentsPerBlock) - 1;
    for (let block = 0; block < blocks && group.freeBlocks > 0 && taken.length < count; block++) {
      if (blockBits(group.fragmentMap, block, fragmentsPerBlock) !== full) continue;
      markUsed(allocation.fs, group, block * fragmentsPerBlock, fragmentsPerBlock);
      group.freeBlocks -= 1;
      taken.push(group.index * fragmentsPerGroup + block * fragmentsPerBlock);
    }
    if (taken.length === count) return taken;
  }
  if (taken.length === count) return taken;
  throw filesystemFull(allocation.fs, (count - taken.length) * fragmentsPerBlock);
}

/**
 * `count` consecutive fragments of one block, fewer than a block: the tightest run in a block that is in part used, in
 * the preferred group or the first that has one; else the start of a free block.
 *
 * @throws LaneError `filesystem-full`
 */
export function takeFragments(
  allocation: Allocation,
  preferredGroup: number,
  count: number,
): number {
  const { fragmentsPerBlock, fragmentsPerGroup } = allocation.fs.superblock;
  const hasRoom = (summary: GroupSummary) =>
    summary.freeBlocks > 0 || summary.freeFragments >= count;
  for (const group of groupsFrom(allocation, preferredGroup, hasRoom)) {
    const first =
      tightestRun(group, fragmentsPerBlock, count) ?? firstFreeBlock(group, fragmentsPerBlock);
    if (first === undefined) continue;
    markUsed(allocation.fs, group, first, count);
    return group.index * fragmentsPerGroup + first;
  }
  throw filesystemFull(allocation.fs, count);
}

function tightestRun(
  group: DraftGroup,
  fragmentsPerBlock: number,
  count: number,
): number | undefined {
  const full = (1 << fragmentsPerBlock) - 1;
  let best: { readonly first: number; readonly length: number } | undefined;
  for (let block = 0; block * fragmentsPerBlock < group.fields.fragments; block++) {
    const bits = blockBits(group.fragmentMap, block, fragmentsPerBlock);
    if (bits === 0 || bits === full) continue;
    for (const { start, length } of freeRuns(bits, fragmentsPerBlock)) {
      if (length === count) return block * fragmentsPerBlock + start;
      if (length < count || (best !== undefined && best.length <= length)) continue;
      best = { first: block * fragmentsPerBlock + start, length };
    }
  }
  return best?.first;
}

function firstFreeBlock(group: DraftGroup, fragmentsPerBlock: number): number | undefined {
  const full = (1 << fragmentsPerBlock) - 1;
  if (group.freeBlocks === 0) return undefined;
  const blocks = Math.floor(group.fields.fragments / fragmentsPerBlock);
  for (let block = 0; block < blocks; block++) {
    if (blockBits(group.fragmentMap, block, fragmentsPerBlock) !== full) continue;
    group.freeBlocks -= 1;
    return block * fragmentsPerBlock;
  }
  return undefined;
}

/** A free inode of the preferred group, or of the first after it that has one. @throws LaneError `filesystem-out-of-inodes` */
export function takeInode(
  allocation: Allocation,
  preferredGroup: number,
  isDirectory: boolean,
): number {
  const { inodesPerGroup } = allocation.fs.superblock;
  for (const group of groupsFrom(allocation, preferredGroup, (summary) => summary.freeInodes > 0)) {
    if (group.freeInodes === 0) continue;
    for (let index = 0; index < inodesPerGroup; index++) {
      if (hasBit(group.inodeMap, index)) continue;
      setBit(group.inodeMap, index);
      group.freeInodes -= 1;
      if (isDirectory) group.directories += 1;
      return group.index * inodesPerGroup + index;
    }
  }
  throw new LaneError(
    "filesystem-out-of-inodes",
    `${allocation.fs.disk.name}: the file system has no free inode left for another file`,
    { facts: { disk: allocation.fs.disk.name } },
  );
}

/** Gives fragments back: a set bit is free. @throws LaneError `ufs2-damaged` when they are no block in use */
export function releaseFragments(allocation: Allocation, fragment: number, count: number): void {
  const { fragmentsPerGroup, fragmentsPerBlock, sizeFragments } = allocation.fs.superblock;
  const isInBlock = (fragment % fragmentsPerBlock) + count <= fragmentsPerBlock;
  if (!(fragment > 0 && fragment + count <= sizeFragments && isInBlock)) {
    throw damaged(
      allocation.fs,
      `a file with fragments ${fragment} + ${count}, which are no block`,
    );
  }
  const group = groupOf(allocation, Math.floor(fragment / fragmentsPerGroup));
  for (let index = fragment % fragmentsPerGroup, left = count; left > 0; index++, left--) {
    // FreeBSD panics here; to go on would give the same block to two files.
    if (hasBit(group.fragmentMap, index))
      throw damaged(allocation.fs, `fragment ${fragment} of a file marked free`);
    setBit(group.fragmentMap, index);
  }
}

export function releaseInode(allocation: Allocation, number: number, isDirectory: boolean): void {
  const { inodesPerGroup } = allocation.fs.superblock;
  const group = groupOf(allocation, Math.floor(number / inodesPerGroup));
  clearBit(group.inodeMap, number % inodesPerGroup);
  group.freeInodes += 1;
  if (isDirectory) group.directories -= 1;
}

/** @throws LaneError `ufs2-damaged` when the map offers what holds the file system's own metadata */
function markUsed(fs: FileSystem, group: DraftGroup, first: number, count: number): void {
  const { superblockFragment, dataFragment } = fs.superblock;
  const reservedFrom = group.index === 0 ? 0 : superblockFragment;
  if (first < dataFragment && first + count > reservedFrom) {
    throw damaged(fs, `metadata of group ${group.index} marked free`);
  }
  for (let index = 0; index < count; index++) clearBit(group.fragmentMap, first + index);
}

/** The groups from one on, around to it again; those whose summary promises nothing are not even read. */
function* groupsFrom(
  allocation: Allocation,
  first: number,
  promising: (summary: GroupSummary) => boolean,
): Generator<DraftGroup> {
  const { groupCount } = allocation.fs.superblock;
  for (let step = 0; step < groupCount; step++) {
    const index = (first + step) % groupCount;
    if (promising(allocation.summaries[index]!)) yield groupOf(allocation, index);
  }
}

export function filesystemFull(fs: FileSystem, missingFragments: number): LaneError {
  const missingBytes = missingFragments * fs.superblock.fragmentBytes;
  return new LaneError(
    "filesystem-full",
    `${fs.disk.name}: the file system is full: ${missingBytes} bytes are missing`,
    { facts: { disk: fs.disk.name, missingBytes } },
  );
}
