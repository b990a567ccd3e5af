/**
 * The blocks of a file in a draft: whole ones, the last one cut to fragments where the file has no indirect block, and the
 * indirect blocks that address them.
 */
import { LaneError } from "../../base/errors.js";
import { releaseFragments, releaseInode, takeBlocks, takeFragments } from "./allocation.js";
import { attributeBlocksOf, blocksOf, fragmentsOfBlock, type FileBlock } from "./blocks.js";
import { changeInode, groupOfInode, type Draft } from "./draft.js";
import { damaged, type FileSystem } from "./file-system.js";
import { DIRECT_BLOCKS, typeOfMode, type Inode } from "./inode.js";

/** What an inode says of its content. */
interface Placement {
  readonly sizeBytes: number;
  /** In units of 512 bytes, indirect blocks included. */
  readonly sectorsHeld: number;
  readonly direct: readonly number[];
  readonly indirect: readonly number[];
}

const NOWHERE: Placement = {
  sizeBytes: 0,
  sectorsHeld: 0,
  direct: new Array<number>(DIRECT_BLOCKS).fill(0),
  indirect: [0, 0, 0],
};

/** Finds space for content, and writes it there. @throws LaneError `filesystem-full`, `staged-file-too-large` */
export function placeContent(draft: Draft, group: number, content: Uint8Array): Placement {
  const { fs } = draft;
  const { fragmentsPerBlock, fragmentBytes, addressesPerBlock } = fs.superblock;
  const { dataFragments, wholeBlocks, tailFragments, tableBlocks } = shapeOf(fs, content.length);
  const tables = takeBlocks(draft, group, tableBlocks);
  const data = takeBlocks(draft, group, wholeBlocks);
  if (tailFragments > 0) data.push(takeFragments(draft, group, tailFragments));
  writeData(draft, data, content);
  let first = DIRECT_BLOCKS;
  const indirect = DEPTHS.map((depth) => {
    const root = first < data.length ? writeAddresses(draft, tables, data, first, depth) : 0;
    first += addressesPerBlock ** depth;
    return root;
  });
  return {
    sizeBytes: content.length,
    sectorsHeld: ((dataFragments + tableBlocks * fragmentsPerBlock) * fragmentBytes) / 512,
    direct: Array.from({ length: DIRECT_BLOCKS }, (_, index) => data[index] ?? 0),
    indirect,
  };
}

/**
 * Gives an inode other content: in the blocks that it has where they are as many as it needs, else in new ones. Those of its
 * extended attributes stay.
 */
export function replaceContent(draft: Draft, inode: Inode, content: Uint8Array): Inode {
  const { fs } = draft;
  const now = { modifiedSeconds: draft.timeSeconds, modifiedNanoseconds: 0 };
  const blocks = heldBlocks(fs, inode);
  if (isSameShape(fs, inode, blocks, content.length)) {
    const data = blocks.filter(({ kind }) => kind === "data");
    writeData(
      draft,
      data.map(({ fragment }) => fragment),
      content,
    );
    return changeInode(draft, inode.number, { sizeBytes: content.length, ...now });
  }
  for (const { fragment, fragments } of blocks) releaseFragments(draft, fragment, fragments);
  const placement = placeContent(draft, groupOfInode(draft, inode.number), content);
  const attributes = attributeBlocksOf(fs, inode).reduce((sum, block) => sum + block.fragments, 0);
  const sectorsHeld = placement.sectorsHeld + (attributes * fs.superblock.fragmentBytes) / 512;
  return changeInode(draft, inode.number, { ...placement, sectorsHeld, ...now });
}

/** Frees an inode with all its blocks, and leaves it as FreeBSD does: no type, no size, no addresses. */
export function freeInode(draft: Draft, inode: Inode): void {
  for (const { fragment, fragments } of [
    ...heldBlocks(draft.fs, inode),
    ...attributeBlocksOf(draft.fs, inode),
  ])
    releaseFragments(draft, fragment, fragments);
  releaseInode(draft, inode.number, typeOfMode(inode.mode) === "directory");
  const nothing = { mode: 0, links: 0, flags: 0, depth: 0, attributesBytes: 0 };
  changeInode(draft, inode.number, { ...nothing, ...NOWHERE, attributeBlocks: [0, 0] });
}

/** An inode that claims more blocks than there are goes in circles: they are not counted to the end. */
function heldBlocks(fs: FileSystem, inode: Inode): readonly FileBlock[] {
  const held: FileBlock[] = [];
  let fragmentsLeft = fs.superblock.sizeFragments;
  for (const block of blocksOf(fs, inode)) {
    fragmentsLeft -= block.fragments;
    if (fragmentsLeft < 0) throw damaged(fs, `more blocks than there are in inode ${inode.number}`);
    held.push(block);
  }
  return held;
}

/** Whether a file without holes has as many blocks, and fragments in its last, as content of another size would take. */
function isSameShape(
  fs: FileSystem,
  inode: Inode,
  blocks: readonly FileBlock[],
  sizeBytes: number,
): boolean {
  const count = (size: number) => Math.ceil(size / fs.superblock.blockBytes);
  const data = blocks.filter(({ kind }) => kind === "data");
  return (
    count(sizeBytes) === count(inode.sizeBytes) &&
    data.length === count(sizeBytes) &&
    data.reduce((sum, { fragments }) => sum + fragments, 0) === shapeOf(fs, sizeBytes).dataFragments
  );
}

/** The bytes of the blocks that content of that size takes, indirect blocks included. */
export function bytesTaken(fs: FileSystem, sizeBytes: number): number {
  const { dataFragments, tableBlocks } = shapeOf(fs, sizeBytes);
  return dataFragments * fs.superblock.fragmentBytes + tableBlocks * fs.superblock.blockBytes;
}

const DEPTHS = [1, 2, 3];

interface Shape {
  readonly wholeBlocks: number;
  readonly tailFragments: number;
  readonly tableBlocks: number;
  readonly dataFragments: number;
}

function shapeOf(fs: FileSystem, sizeBytes: number): Shape {
  const { blockBytes, fragmentsPerBlock } = fs.superblock;
  const blocks = Math.ceil(sizeBytes / blockBytes);
  const lastFragments = blocks === 0 ? 0 : fragmentsOfBlock(fs, sizeBytes, blocks - 1);
  const tailFragments = lastFragments % fragmentsPerBlock;
  const wholeBlocks = tailFragments > 0 ? blocks - 1 : blocks;
  return {
    wholeBlocks,
    tailFragments,
    tableBlocks: tableBlocks(fs, blocks),
    dataFragments: wholeBlocks * fragmentsPerBlock + tailFragments,
  };
}

/** How many indirect blocks a file of so many blocks has. */
function tableBlocks(fs: FileSystem, blocks: number): number {
  const { addressesPerBlock, blockBytes } = fs.superblock;
  let left = blocks - DIRECT_BLOCKS;
  let count = 0;
  for (const depth of DEPTHS) {
    if (left <= 0) return count;
    const covered = Math.min(left, addressesPerBlock ** depth);
    for (let level = 1; level <= depth; level++)
      count += Math.ceil(covered / addressesPerBlock ** level);
    left -= covered;
  }
  if (left <= 0) return count;
  throw new LaneError(
    "staged-file-too-large",
    `a file of ${blocks * blockBytes} bytes is more than UFS2 with blocks of ${blockBytes} bytes can hold`,
    { facts: { blocks, blockBytes } },
  );
}

/** Fills one of the taken indirect blocks, and those under it, with the addresses of the blocks from `first` on. */
function writeAddresses(
  draft: Draft,
  tables: number[],
  data: readonly number[],
  first: number,
  depth: number,
): number {
  const { fs } = draft;
  const { blockBytes, addressesPerBlock, fragmentBytes } = fs.superblock;
  const fragment = tables.shift()!;
  const bytes = new Uint8Array(blockBytes);
  const view = new DataView(bytes.buffer);
  const spanBlocks = addressesPerBlock ** (depth - 1);
  for (let slot = 0; slot < addressesPerBlock; slot++) {
    const index = first + slot * spanBlocks;
    if (index >= data.length) break;
    const address =
      depth === 1 ? data[index]! : writeAddresses(draft, tables, data, index, depth - 1);
    view.setBigInt64(slot * 8, BigInt(address), true);
  }
  fs.disk.write(fs.offsetBytes + fragment * fragmentBytes, bytes);
  return fragment;
}

/** One edit for each run of neighbouring blocks; the rest of the last one is filled with zeros, as the kernel does. */
function writeData({ fs }: Draft, data: readonly number[], content: Uint8Array): void {
  const { blockBytes, fragmentBytes, fragmentsPerBlock } = fs.superblock;
  const put = (fragment: number, bytes: Uint8Array) =>
    fs.disk.write(fs.offsetBytes + fragment * fragmentBytes, bytes);
  const allocatedBytes = shapeOf(fs, content.length).dataFragments * fragmentBytes;
  const wholeFragmentsEnd = content.length - (content.length % fragmentBytes);
  for (let start = 0, end = 0; start < data.length; start = end) {
    end = start + 1;
    while (end < data.length && data[end] === data[end - 1]! + fragmentsPerBlock) end += 1;
    const fromBytes = start * blockBytes;
    const toBytes = Math.min(end * blockBytes, allocatedBytes);
    // Content is written from where it lies, without a copy, but for a last fragment that it does not fill.
    const bodyEnd = Math.min(toBytes, wholeFragmentsEnd);
    put(data[start]!, content.subarray(fromBytes, bodyEnd));
    const rest = new Uint8Array(toBytes - bodyEnd);
    rest.set(content.subarray(bodyEnd, toBytes));
    put(data[start]! + (bodyEnd - fromBytes) / fragmentBytes, rest);
  }
}
