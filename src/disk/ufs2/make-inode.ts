/**
 * New inodes: taken from a group, and made ready where the group's inode area was never initialised.
 */
import { crc32cRegister } from "../../binary/crc32c.js";
import { groupOf, takeInode } from "./allocation.js";
import { entriesOf } from "./directory.js";
import { emptyDirectory } from "./draft-directory.js";
import { changeInode, inodeOf, putInode, type Draft, type InodeChange } from "./draft.js";
import type { Attributes } from "./file-change.js";
import {
  INODE_BYTES,
  inodeOffsetBytes,
  inodeRecord,
  readInode,
  ROOT_INODE,
  type Inode,
} from "./inode.js";
import { NOWHERE, placeContent } from "./place-content.js";

const TYPE_BITS = { file: 0o100000, symlink: 0o120000, directory: 0o040000 } as const;

/** A regular file or symbolic link without a name yet, in the group of the directory that it goes into. */
export function makeNode(
  draft: Draft,
  directory: number,
  type: "file" | "symlink",
  attributes: Attributes & { readonly mode: number },
  content: Uint8Array,
  why: string,
): Inode {
  const { shortLinkBytes, inodesPerGroup } = draft.fs.superblock;
  const number = freshInode(draft, Math.floor(directory / inodesPerGroup), type, attributes, why);
  if (type === "symlink" && content.length < shortLinkBytes) {
    const shortLink = new Uint8Array(inodeRecord.fields.shortLink.sizeBytes);
    shortLink.set(content);
    return changeInode(draft, number, { sizeBytes: content.length, shortLink }, why);
  }
  const placement = placeContent(draft, Math.floor(number / inodesPerGroup), content, why);
  return changeInode(draft, number, placement, why);
}

/** An empty directory without a name yet; its parent has one more link. */
export function makeDirectory(
  draft: Draft,
  parent: number,
  attributes: Attributes,
  why: string,
): Inode {
  const { mode = 0o755, ...owners } = attributes;
  const number = freshInode(
    draft,
    groupForDirectory(draft, parent),
    "directory",
    { ...owners, mode },
    why,
  );
  draft.directories.set(number, emptyDirectory(number, parent, why));
  const above = inodeOf(draft, parent);
  changeInode(draft, parent, { links: above.links + 1 }, `parent of ${why}`);
  return changeInode(draft, number, { links: 2, depth: depthBelow(draft, above) }, why);
}

function freshInode(
  draft: Draft,
  group: number,
  type: keyof typeof TYPE_BITS,
  { mode, uid = 0, gid = 0, flags = 0 }: Attributes & { readonly mode: number },
  why: string,
): number {
  const { allocation, fs, timeSeconds: now } = draft;
  const number = takeInode(allocation, group, type === "directory");
  initialiseUpTo(draft, number);
  const there = fs.disk.read(inodeOffsetBytes(fs, number), INODE_BYTES);
  const { generation } = inodeRecord.decode(there);
  const fields: InodeChange = {
    mode: TYPE_BITS[type] | (mode & 0o7777),
    ...{ links: 1, uid, gid, flags },
    // NFS tells two files by it that had the same inode one after the other.
    generation: generation === 0 ? anyGeneration(draft, number) : (generation + 1) % 2 ** 32 || 1,
    ...{ accessedSeconds: now, modifiedSeconds: now, changedSeconds: now, bornSeconds: now },
    direct: NOWHERE.direct,
    indirect: NOWHERE.indirect,
  };
  // Of what a freed inode leaves behind nothing is kept: its nanoseconds, say, belong to another file.
  putInode(draft, number, new Uint8Array(INODE_BYTES), fields, { isNew: true, why });
  return number;
}

/**
 * FreeBSD initialises a group's inodes a block at a time, and always one block ahead of the one in use
 * (`ffs_nodealloccg`). What lies beyond is whatever was on the disk.
 */
function initialiseUpTo(draft: Draft, number: number): void {
  const { inodesPerGroup, inodesPerBlock, blockBytes } = draft.fs.superblock;
  const group = groupOf(draft.allocation, Math.floor(number / inodesPerGroup));
  const index = number % inodesPerGroup;
  while (
    index + inodesPerBlock > group.initialisedInodes &&
    group.initialisedInodes < inodesPerGroup
  ) {
    const first = group.index * inodesPerGroup + group.initialisedInodes;
    const block = new Uint8Array(blockBytes);
    for (let offset = 0; offset < inodesPerBlock; offset++) {
      const generation = anyGeneration(draft, first + offset);
      inodeRecord.encodeInto(block, { generation }, offset * INODE_BYTES);
    }
    draft.disk.write(
      inodeOffsetBytes(draft.fs, first),
      block,
      `group ${group.index}: fresh inodes`,
    );
    group.initialisedInodes += inodesPerBlock;
  }
}

/** A number that looks random and never is zero, the same for the same plan: plans can be compared. */
function anyGeneration(draft: Draft, number: number): number {
  const seed = Buffer.from(
    `${number} ${draft.timeSeconds} ${Buffer.from(draft.fs.superblock.id).toString("hex")}`,
  );
  return crc32cRegister(seed) || 1;
}

/**
 * As FreeBSD does in spirit: a directory in the root goes to the group with the fewest directories among those with at
 * least average room, any other beside its parent.
 */
function groupForDirectory(draft: Draft, parent: number): number {
  const { inodesPerGroup } = draft.fs.superblock;
  const { summaries } = draft.allocation;
  if (parent !== ROOT_INODE) return Math.floor(parent / inodesPerGroup);
  const mean = (key: "freeInodes" | "freeBlocks") =>
    summaries.reduce((sum, summary) => sum + summary[key], 0) / summaries.length;
  const [inodes, blocks] = [mean("freeInodes"), mean("freeBlocks")];
  let best: number | undefined;
  for (const [index, { freeInodes, freeBlocks, directories }] of summaries.entries()) {
    const roomy = freeInodes >= Math.floor(inodes) && freeBlocks >= Math.floor(blocks);
    if (roomy && (best === undefined || directories < summaries[best]!.directories)) best = index;
  }
  return best ?? 0;
}

/**
 * FreeBSD 14 and later keep a directory's depth; older ones leave 0, and so do we on their file systems. Below the root
 * one cannot see it from the parent, whose own depth is 0 either way: a neighbour tells.
 */
function depthBelow(draft: Draft, parent: Inode): number {
  if (parent.number !== ROOT_INODE) return parent.depth === 0 ? 0 : parent.depth + 1;
  const neighbour = entriesOf(draft.fs, readInode(draft.fs, ROOT_INODE)).find(
    ({ type }) => type === "directory",
  );
  return neighbour === undefined ? 1 : Math.min(1, readInode(draft.fs, neighbour.inode).depth);
}
