/**
 * New inodes: taken from a group, and made ready where the group's inode area was never initialised.
 */
import { crc32cRegister } from "../../binary/crc32c.js";
import { takeInode } from "./allocation.js";
import { entriesOf } from "./directory.js";
import {
  changeInode,
  groupCounts,
  groupOf,
  groupOfInode,
  writeInode,
  type Draft,
} from "./draft.js";
import { emptyDirectory } from "./edit-directory.js";
import type { Attributes } from "./file-change.js";
import { placeContent } from "./file-blocks.js";
import {
  INODE_BYTES,
  inodeOffsetBytes,
  inodeRecord,
  readInode,
  ROOT_INODE,
  type Inode,
} from "./inode.js";

const TYPE_BITS = { file: 0o100000, symlink: 0o120000, directory: 0o040000 } as const;

/** A regular file or symbolic link without a name yet, in the group of the directory that it goes into. */
export function makeNode(
  draft: Draft,
  directory: Inode,
  type: "file" | "symlink",
  attributes: Attributes & { readonly mode: number },
  content: Uint8Array,
): Inode {
  const number = freshInode(draft, groupOfInode(draft, directory.number), type, attributes);
  if (type === "symlink" && content.length < draft.fs.superblock.shortLinkBytes) {
    const shortLink = new Uint8Array(inodeRecord.fields.shortLink.sizeBytes);
    shortLink.set(content);
    return changeInode(draft, number, { sizeBytes: content.length, shortLink });
  }
  return changeInode(draft, number, placeContent(draft, groupOfInode(draft, number), content));
}

/** An empty directory without a name yet; its parent has one more link. */
export function makeDirectory(draft: Draft, parent: Inode, attributes: Attributes): Inode {
  const { mode = 0o755, ...owners } = attributes;
  const group = groupForDirectory(draft, parent.number);
  const number = freshInode(draft, group, "directory", { ...owners, mode });
  changeInode(draft, parent.number, { links: parent.links + 1 });
  const content = emptyDirectory(number, parent.number);
  const placement = placeContent(draft, groupOfInode(draft, number), content);
  return changeInode(draft, number, { ...placement, links: 2, depth: depthBelow(draft, parent) });
}

function freshInode(
  draft: Draft,
  group: number,
  type: keyof typeof TYPE_BITS,
  { mode, uid = 0, gid = 0, flags = 0 }: Attributes & { readonly mode: number },
): number {
  const { fs, timeSeconds: now } = draft;
  const number = takeInode(draft, group, type === "directory");
  initialiseUpTo(draft, number);
  const before = fs.disk.read(inodeOffsetBytes(fs, number), INODE_BYTES);
  const { generation } = inodeRecord.decode(before);
  // Of what a freed inode leaves behind nothing is kept: its nanoseconds, say, belong to another file.
  writeInode(draft, number, new Uint8Array(INODE_BYTES), {
    mode: TYPE_BITS[type] | (mode & 0o7777),
    ...{ links: 1, uid, gid, flags },
    // NFS tells two files by it that had the same inode one after the other.
    generation: generation === 0 ? anyGeneration(draft, number) : (generation + 1) % 2 ** 32 || 1,
    ...{ accessedSeconds: now, modifiedSeconds: now, changedSeconds: now, bornSeconds: now },
  });
  return number;
}

/**
 * FreeBSD initialises a group's inodes a block at a time, and always one block ahead of the one in use
 * (`ffs_nodealloccg`). What lies beyond is whatever was on the disk.
 */
function initialiseUpTo(draft: Draft, number: number): void {
  const { inodesPerGroup, inodesPerBlock, blockBytes } = draft.fs.superblock;
  const group = groupOf(draft, groupOfInode(draft, number));
  const needed = Math.min((number % inodesPerGroup) + inodesPerBlock, inodesPerGroup);
  for (; group.initialisedInodes < needed; group.initialisedInodes += inodesPerBlock) {
    const first = group.index * inodesPerGroup + group.initialisedInodes;
    const block = new Uint8Array(blockBytes);
    for (let offset = 0; offset < inodesPerBlock; offset++) {
      const generation = anyGeneration(draft, first + offset);
      inodeRecord.encodeInto(block, { generation }, offset * INODE_BYTES);
    }
    draft.fs.disk.write(inodeOffsetBytes(draft.fs, first), block);
  }
}

/** A number that looks random and never is zero, the same for the same plan: plans can be compared. */
function anyGeneration({ fs, timeSeconds }: Draft, number: number): number {
  const id = Buffer.from(fs.superblock.id).toString("hex");
  return crc32cRegister(Buffer.from(`${number} ${timeSeconds} ${id}`)) || 1;
}

/**
 * As FreeBSD does in spirit: a directory in the root goes to the group with the fewest directories among those with at
 * least average room, any other beside its parent.
 */
function groupForDirectory(draft: Draft, parent: number): number {
  if (parent !== ROOT_INODE) return groupOfInode(draft, parent);
  const groups = groupCounts(draft);
  const mean = (key: "freeInodes" | "freeBlocks") =>
    groups.reduce((sum, counts) => sum + counts[key], 0) / groups.length;
  const [inodes, blocks] = [mean("freeInodes"), mean("freeBlocks")];
  let best: number | undefined;
  for (const [index, { freeInodes, freeBlocks, directories }] of groups.entries()) {
    const roomy = freeInodes >= Math.floor(inodes) && freeBlocks >= Math.floor(blocks);
    if (roomy && (best === undefined || directories < groups[best]!.directories)) best = index;
  }
  return best ?? 0;
}

/**
 * FreeBSD 14 and later keep a directory's depth; older ones leave 0, and so do we on their file systems. Below the root
 * one cannot see it from the parent, whose own depth is 0 either way: a neighbour tells.
 */
function depthBelow(draft: Draft, parent: Inode): number {
  if (parent.number !== ROOT_INODE) return parent.depth === 0 ? 0 : parent.depth + 1;
  const neighbour = entriesOf(draft.fs, parent).find(({ type }) => type === "directory");
  return neighbour === undefined ? 1 : Math.min(1, readInode(draft.fs, neighbour.inode).depth);
}
