/**
 * A draft as edits, in an order in which every prefix leaves the files intact that the plan is not about, and every file
 * that it replaces as it was or as it will be:
 *
 * 1. the superblock says that the file system is in use: whoever finds a list cut short runs fsck first;
 * 2. contents, indirect blocks, fresh inode blocks, all in space that nothing refers to;
 * 3. cylinder groups with what was taken, not yet with what was freed;
 * 4. new inodes, which no name refers to;
 * 5. inodes of directories that were there (more links, more content);
 * 6. names, a piece of 512 bytes at a time;
 * 7. inodes of files that were there: new content, fewer links, or free;
 * 8. cylinder groups with what was freed, the summary area, and the superblock with its totals, clean again.
 */
import type { Edit } from "../edits.js";
import { groupOf, releaseFragments, releaseInode, type DraftGroup } from "./allocation.js";
import { blocksOf, fragmentsOfBlock } from "./blocks.js";
import { groupFragment, groupRecord, hashOfGroup } from "./cylinder-group.js";
import { PIECE_BYTES } from "./directory.js";
import type { DraftDirectory } from "./draft-directory.js";
import { changeInode, inodeOf, type Draft, type DraftInode } from "./draft.js";
import { superblockHash, type FileSystem } from "./file-system.js";
import { switchContent } from "./free-inode.js";
import { countFree } from "./free-space.js";
import { inodeOffsetBytes, typeOfMode } from "./inode.js";
import { placeContent } from "./place-content.js";
import { superblockRecord, type Superblock } from "./superblock.js";

export function finishDraft(draft: Draft): readonly Edit[] {
  if (draft.inodes.size === 0) return [];
  const names = [...draft.directories.values()].flatMap((directory) =>
    settleDirectory(draft, directory),
  );
  const changed = [...draft.inodes.values()];
  const fresh = changed.filter(({ isNew }) => isNew);
  const [directories, files] = partition(
    changed.filter(({ isNew }) => !isNew),
    ({ inode }) => typeOfMode(inode.mode) === "directory",
  );
  const taken = [...draft.allocation.groups.values()].map((group) =>
    groupEdit(draft, group, "what is taken"),
  );
  const freed = release(draft);
  return [
    superblockEdit(draft, { clean: 0 }, "in use"),
    ...draft.disk.edits,
    ...taken,
    ...[...fresh, ...directories].map((one) => inodeEdit(draft, one)),
    ...names,
    ...files.map((one) => inodeEdit(draft, one)),
    ...freed,
    ...summaryEdits(draft),
    superblockEdit(draft, { clean: 1, ...totals(draft) }, "clean, with its totals"),
  ];
}

/** Where a directory's content goes: in place while its blocks hold it, else all of it into new blocks. */
function settleDirectory(draft: Draft, directory: DraftDirectory): readonly Edit[] {
  const { number, content, changed, originalBytes, why } = directory;
  if (originalBytes > 0 && changed.size === 0) return [];
  const inode = inodeOf(draft, number);
  const { blockBytes, fragmentBytes, inodesPerGroup } = draft.fs.superblock;
  if (content.length > bytesHeld(draft.fs, originalBytes)) {
    switchContent(
      draft,
      inode,
      placeContent(draft, Math.floor(number / inodesPerGroup), content, why),
      why,
    );
    return [];
  }
  if (content.length > originalBytes)
    changeInode(draft, number, { sizeBytes: content.length }, why);
  const places = [...blocksOf(draft.fs, inode)].filter(({ kind }) => kind === "data");
  return [...changed].map((piece) => {
    const atBytes = piece * PIECE_BYTES;
    const block = places[Math.floor(atBytes / blockBytes)]!;
    return {
      offsetBytes: draft.fs.offsetBytes + block.fragment * fragmentBytes + (atBytes % blockBytes),
      bytes: content.slice(atBytes, atBytes + PIECE_BYTES),
      why: `${why}: names`,
    };
  });
}

/** The bytes that the blocks of a file of that size have room for. */
function bytesHeld(fs: FileSystem, sizeBytes: number): number {
  if (sizeBytes === 0) return 0;
  const { blockBytes, fragmentBytes } = fs.superblock;
  const last = Math.ceil(sizeBytes / blockBytes) - 1;
  return last * blockBytes + fragmentsOfBlock(fs, sizeBytes, last) * fragmentBytes;
}

function inodeEdit(draft: Draft, { inode, why }: DraftInode): Edit {
  return {
    offsetBytes: inodeOffsetBytes(draft.fs, inode.number),
    bytes: inode.bytes,
    why: `${why}: inode ${inode.number}`,
  };
}

/** Gives back what the plan freed, in the maps, and returns the groups that this changed. */
function release(draft: Draft): readonly Edit[] {
  const { fragmentsPerGroup, inodesPerGroup } = draft.fs.superblock;
  const touched = new Set<number>();
  for (const { fragment, fragments } of draft.freedBlocks) {
    releaseFragments(draft.allocation, fragment, fragments);
    touched.add(Math.floor(fragment / fragmentsPerGroup));
  }
  for (const { number, mode } of draft.freedInodes) {
    releaseInode(draft.allocation, number, typeOfMode(mode) === "directory");
    touched.add(Math.floor(number / inodesPerGroup));
  }
  return [...touched].map((index) =>
    groupEdit(draft, groupOf(draft.allocation, index), "what is freed"),
  );
}

/** A group's block with its maps as they are now, and everything that follows from them. */
function groupEdit(draft: Draft, group: DraftGroup, what: string): Edit {
  const { fs, timeSeconds } = draft;
  const { clusterCountsAt, clusterMapAt, fragments } = group.fields;
  const space = countFree(fs, group.fragmentMap, fragments);
  if (fs.superblock.longestCluster > 0) {
    group.bytes.set(space.clusterMap, clusterMapAt);
    const view = new DataView(group.bytes.buffer, group.bytes.byteOffset);
    // The count for length 0 shares its bytes with the end of the fragment map: it is not written.
    for (const [length, count] of space.clusterCounts.entries()) {
      if (length > 0) view.setUint32(clusterCountsAt + 4 * length, count, true);
    }
  }
  const { freeInodes, directories, initialisedInodes } = group;
  const { freeBlocks, freeFragments, fragmentRuns } = space;
  const counts = {
    freeBlocks,
    freeFragments,
    fragmentRuns,
    freeInodes,
    directories,
    initialisedInodes,
    timeSeconds,
  };
  groupRecord.encodeInto(group.bytes, counts);
  if (fs.hashes.groups)
    groupRecord.encodeInto(group.bytes, { checkHash: hashOfGroup(group.bytes) });
  const offsetBytes = fs.offsetBytes + groupFragment(fs, group.index) * fs.superblock.fragmentBytes;
  return { offsetBytes, bytes: group.bytes.slice(), why: `group ${group.index}: ${what}` };
}

/** The four counts of each group that was touched, in the summary area. */
function summaryEdits(draft: Draft): readonly Edit[] {
  const { offsetBytes, superblock } = draft.fs;
  return [...draft.allocation.groups.values()].map(({ index, bytes }) => ({
    offsetBytes: offsetBytes + superblock.summaryFragment * superblock.fragmentBytes + index * 16,
    bytes: bytes.slice(COUNTS_AT, COUNTS_AT + 16),
    why: `summary of group ${index}`,
  }));
}

/** A group's own four counts lie as they do in the summary area. */
const COUNTS_AT = groupRecord.fields.directories.offsetBytes;

type Totals = Pick<Superblock, "directories" | "freeBlocks" | "freeInodes" | "freeFragments">;

/** The totals as they were, moved by what changed in each group. */
function totals(draft: Draft): Totals {
  const { directories, freeBlocks, freeInodes, freeFragments } = draft.fs.superblock;
  const sums = { directories, freeBlocks, freeInodes, freeFragments };
  for (const group of draft.allocation.groups.values()) {
    const now = groupRecord.decode(group.bytes);
    for (const key of Object.keys(sums) as (keyof Totals)[])
      sums[key] += now[key] - group.fields[key];
  }
  return sums;
}

function superblockEdit(draft: Draft, change: Partial<Superblock>, what: string): Edit {
  const { fs, timeSeconds } = draft;
  const area = fs.superblockBytes.slice();
  superblockRecord.encodeInto(area, { ...change, timeSeconds });
  if (fs.hashes.superblock)
    superblockRecord.encodeInto(area, { checkHash: superblockHash(fs, area) });
  return {
    offsetBytes: fs.offsetBytes + fs.superblockAtBytes,
    bytes: area.slice(0, superblockRecord.sizeBytes),
    why: `superblock: ${what}`,
  };
}

function partition<T>(
  all: readonly T[],
  belongs: (one: T) => boolean,
): readonly [readonly T[], readonly T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}
