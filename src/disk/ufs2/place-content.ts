/**
 * Putting content into free space: whole blocks, the last one cut to fragments where the file has no indirect block, and
 * the indirect blocks that address them. Nothing on the disk refers to any of it until an inode does.
 */
import { LaneError } from "../../base/errors.js";
import { takeBlocks, takeFragments } from "./allocation.js";
import { fragmentsOfBlock } from "./blocks.js";
import type { Draft } from "./draft.js";
import type { FileSystem } from "./file-system.js";
import { DIRECT_BLOCKS } from "./inode.js";

export interface Placement {
  readonly sizeBytes: number;
  /** In units of 512 bytes, indirect blocks included. */
  readonly sectorsHeld: number;
  readonly direct: readonly number[];
  readonly indirect: readonly number[];
}

/** The addresses of an inode that has no blocks. */
export const NOWHERE: Placement = {
  sizeBytes: 0,
  sectorsHeld: 0,
  direct: new Array<number>(DIRECT_BLOCKS).fill(0),
  indirect: [0, 0, 0],
};

/** @throws LaneError `filesystem-full`, `staged-file-too-large` */
export function placeContent(
  draft: Draft,
  group: number,
  content: Uint8Array,
  why: string,
): Placement {
  const { fs, allocation } = draft;
  const { fragmentsPerBlock, fragmentBytes } = fs.superblock;
  const shape = shapeOf(fs, content.length);
  const tables = takeBlocks(allocation, group, shape.tableBlocks);
  const data = takeBlocks(allocation, group, shape.wholeBlocks);
  if (shape.tailFragments > 0) data.push(takeFragments(allocation, group, shape.tailFragments));
  writeData(draft, data, content, why);
  const roots = DEPTHS.map((depth) => {
    const first = firstBlockOfDepth(fs, depth);
    return first < data.length ? addressTable(draft, tables, data, first, depth, why) : 0;
  });
  const fragments = shape.dataFragments + shape.tableBlocks * fragmentsPerBlock;
  return {
    sizeBytes: content.length,
    sectorsHeld: (fragments * fragmentBytes) / 512,
    direct: Array.from({ length: DIRECT_BLOCKS }, (_, index) => data[index] ?? 0),
    indirect: roots,
  };
}

/** The fragments that content of that size takes, indirect blocks included. */
export function fragmentsNeeded(fs: FileSystem, sizeBytes: number): number {
  const { dataFragments, tableBlocks } = shapeOf(fs, sizeBytes);
  return dataFragments + tableBlocks * fs.superblock.fragmentsPerBlock;
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
  const isCut = lastFragments > 0 && lastFragments < fragmentsPerBlock;
  const wholeBlocks = isCut ? blocks - 1 : blocks;
  const tailFragments = isCut ? lastFragments : 0;
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

/** The place in a file of the first block that hangs off the indirect address of that depth. */
function firstBlockOfDepth(fs: FileSystem, depth: number): number {
  let first = DIRECT_BLOCKS;
  for (let below = 1; below < depth; below++) first += fs.superblock.addressesPerBlock ** below;
  return first;
}

/** Fills one of the taken indirect blocks, and those under it, with the addresses of the blocks from `first` on. */
function addressTable(
  draft: Draft,
  tables: number[],
  data: readonly number[],
  first: number,
  depth: number,
  why: string,
): number {
  const { blockBytes, addressesPerBlock, fragmentBytes } = draft.fs.superblock;
  const fragment = tables.shift()!;
  const bytes = new Uint8Array(blockBytes);
  const view = new DataView(bytes.buffer);
  const spanBlocks = addressesPerBlock ** (depth - 1);
  for (let slot = 0; slot < addressesPerBlock; slot++) {
    const index = first + slot * spanBlocks;
    if (index >= data.length) break;
    const address =
      depth === 1 ? data[index]! : addressTable(draft, tables, data, index, depth - 1, why);
    view.setBigInt64(slot * 8, BigInt(address), true);
  }
  const offsetBytes = draft.fs.offsetBytes + fragment * fragmentBytes;
  draft.disk.write(offsetBytes, bytes, `${why}: addresses`);
  return fragment;
}

/** One edit for each run of neighbouring blocks; the rest of the last one is filled with zeros, as the kernel does. */
function writeData(
  { fs, disk }: Draft,
  data: readonly number[],
  content: Uint8Array,
  why: string,
): void {
  const { blockBytes, fragmentBytes, fragmentsPerBlock } = fs.superblock;
  const put = (fragment: number, bytes: Uint8Array) =>
    disk.write(fs.offsetBytes + fragment * fragmentBytes, bytes, `${why}: content`);
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
