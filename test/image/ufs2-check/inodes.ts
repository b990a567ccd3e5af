/**
 * The first pass: every inode that was ever initialised, and every block that one of them holds.
 */
import {
  addressesOf,
  attributeBlocksOf,
  blocksOf,
  type FileBlock,
} from "../../../src/disk/ufs2/blocks.js";
import { expectEqual, found, type CheckState } from "./check.js";
import { readGroup } from "../../../src/disk/ufs2/cylinder-group.js";
import { PIECE_BYTES } from "../../../src/disk/ufs2/directory.js";
import { hasBit, setBit } from "../../../src/disk/ufs2/free-space.js";
import {
  decodeInode,
  DIRECT_BLOCKS,
  hasBlocks,
  hashOfInode,
  INODE_BYTES,
  inodeOffsetBytes,
  isShortLink,
  readIndirect,
  ROOT_INODE,
  typeOfMode,
  type Inode,
} from "../../../src/disk/ufs2/inode.js";
import { messageOf } from "../../../src/base/errors.js";

export function checkInodes(state: CheckState): void {
  const { groupCount, inodesPerGroup, inodesPerBlock, blockBytes } = state.fs.superblock;
  for (let group = 0; group < groupCount; group++) {
    const initialised = Math.min(initialisedInodes(state, group), inodesPerGroup);
    for (let first = 0; first < initialised; first += inodesPerBlock) {
      const base = group * inodesPerGroup + first;
      const block = state.fs.disk.read(inodeOffsetBytes(state.fs, base), blockBytes);
      for (let index = 0; index < inodesPerBlock; index++) {
        const bytes = block.slice(index * INODE_BYTES, (index + 1) * INODE_BYTES);
        if (base + index >= ROOT_INODE)
          guarded(state, () => checkInode(state, base + index, bytes));
      }
    }
  }
}

function initialisedInodes(state: CheckState, group: number): number {
  try {
    return readGroup(state.fs, group).fields.initialisedInodes;
  } catch {
    // The pass over the groups reports it; without its block no inode of the group is believed.
    return 0;
  }
}

/** Damage that keeps a record from being read at all is a finding like any other. */
export function guarded(state: CheckState, look: () => void): void {
  try {
    look();
  } catch (error) {
    found(state, "unreadable", messageOf(error));
  }
}

function checkInode(state: CheckState, number: number, bytes: Uint8Array): void {
  const inode = decodeInode(state.fs, number, bytes);
  if (inode.mode === 0) {
    const { direct, indirect } = addressesOf(state.fs, inode);
    const isEmpty =
      inode.sizeBytes === 0 && [...direct, ...indirect].every((address) => address === 0);
    if (!isEmpty)
      found(state, "inode-partly-free", `inode ${number} has no type, but a size or blocks`);
    return;
  }
  state.inodes.set(number, inode);
  if (state.fs.hashes.inodes) {
    expectEqual(
      state,
      "inode-hash",
      `check-hash of inode ${number}`,
      inode.checkHash,
      hashOfInode(bytes),
    );
  }
  checkSize(state, inode);
  const fragments = claimBlocks(state, inode);
  const sectors = (fragments * state.fs.superblock.fragmentBytes) / 512;
  expectEqual(state, "inode-blocks", `sectors held by inode ${number}`, inode.sectorsHeld, sectors);
  checkBeyondEnd(state, inode);
}

function checkSize(state: CheckState, inode: Inode): void {
  const { number, sizeBytes } = inode;
  const type = typeOfMode(inode.mode);
  if (type === "unknown")
    found(state, "inode-type", `inode ${number} has mode 0${inode.mode.toString(8)}`);
  if (BigInt(sizeBytes) > state.fs.superblock.largestFileBytes) {
    found(state, "inode-size", `inode ${number} has ${sizeBytes} bytes`);
  }
  if (type === "directory" && (sizeBytes === 0 || sizeBytes % PIECE_BYTES !== 0)) {
    found(state, "inode-size", `directory ${number} has ${sizeBytes} bytes`);
  }
  const hasNoContent = type !== "file" && type !== "directory" && type !== "symlink";
  if (hasNoContent && sizeBytes !== 0)
    found(state, "inode-size", `${type} ${number} has ${sizeBytes} bytes`);
}

/** Marks everything that an inode holds as used, and returns how many fragments that is. */
function claimBlocks(state: CheckState, inode: Inode): number {
  let fragments = 0;
  let lastIndex = -1;
  const sound = new Set<FileBlock>();
  const claim = (block: FileBlock) => {
    if (!claimBlock(state, inode, block)) return;
    fragments += block.fragments;
    sound.add(block);
  };
  // An indirect block that is out of place or held twice is not followed: it may be its own descendant.
  for (const block of blocksOf(state.fs, inode, (table) => sound.delete(table))) {
    claim(block);
    if (block.kind === "data") lastIndex = block.index;
  }
  for (const block of attributeBlocksOf(state.fs, inode)) claim(block);
  const expectedLast = Math.ceil(inode.sizeBytes / state.fs.superblock.blockBytes) - 1;
  if (hasBlocks(state.fs, inode) && lastIndex !== expectedLast) {
    found(
      state,
      "inode-hole-at-end",
      `inode ${inode.number} has ${inode.sizeBytes} bytes and no block for the last`,
    );
  }
  return fragments;
}

function claimBlock(state: CheckState, inode: Inode, { fragment, fragments }: FileBlock): boolean {
  const { sizeFragments, fragmentsPerBlock } = state.fs.superblock;
  const where = `fragments ${fragment} + ${fragments} of inode ${inode.number}`;
  if (!(fragment >= 0 && fragment + fragments <= sizeFragments)) {
    found(state, "block-out-of-range", `${where} are not in the file system`);
    return false;
  }
  if ((fragment % fragmentsPerBlock) + fragments > fragmentsPerBlock) {
    found(state, "block-misplaced", `${where} cross from one block into the next`);
    return false;
  }
  for (let index = fragment; index < fragment + fragments; index++) {
    if (hasBit(state.used, index)) {
      found(state, "block-held-twice", `${where} are held by something else`);
      return false;
    }
    setBit(state.used, index);
  }
  return true;
}

/** Addresses past the end of a file: none may be left, in the inode or in its last indirect blocks. */
function checkBeyondEnd(state: CheckState, inode: Inode): void {
  const { fs } = state;
  if (isShortLink(fs, inode)) return;
  const { addressesPerBlock, blockBytes } = fs.superblock;
  const { direct, indirect } = addressesOf(fs, inode);
  const isDevice = !hasBlocks(fs, inode);
  const blocks = Math.ceil(inode.sizeBytes / blockBytes);
  // A device keeps its number where the first direct block would be.
  const beyond: number[] = isDevice ? [...direct.slice(1), ...indirect] : direct.slice(blocks);
  let first = DIRECT_BLOCKS;
  for (const [level, address] of isDevice ? [] : indirect.entries()) {
    if (first >= blocks) beyond.push(address);
    else beyond.push(...beyondUnder(state, address, level, blocks - first));
    first += addressesPerBlock ** (level + 1);
  }
  if (beyond.some((address) => address !== 0)) {
    found(
      state,
      "block-beyond-end",
      `inode ${inode.number} has addresses past its ${inode.sizeBytes} bytes`,
    );
  }
}

/** The addresses, on the edge of the file only, that lie past the last of `blocks` blocks. */
function beyondUnder(
  state: CheckState,
  address: number,
  level: number,
  blocks: number,
): readonly number[] {
  const { addressesPerBlock, sizeFragments, fragmentsPerBlock } = state.fs.superblock;
  const isReadable = address > 0 && address + fragmentsPerBlock <= sizeFragments;
  if (!isReadable || blocks >= addressesPerBlock ** (level + 1)) return [];
  const spanBlocks = addressesPerBlock ** level;
  const addresses = readIndirect(state.fs, address);
  const wanted = Math.ceil(blocks / spanBlocks);
  const edge =
    level === 0
      ? []
      : beyondUnder(state, addresses[wanted - 1]!, level - 1, blocks - (wanted - 1) * spanBlocks);
  return [...addresses.slice(wanted), ...edge];
}
