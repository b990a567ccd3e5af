/**
 * The blocks of a file in order: direct blocks, then what hangs off the single, double and triple indirect blocks.
 */
import { addressesRecord, DIRECT_BLOCKS, hasBlocks, readIndirect, type Inode } from "./inode.js";
import { damaged, type FileSystem } from "./file-system.js";

export interface FileBlock {
  readonly kind: "data" | "indirect";
  /** The address of its first fragment. */
  readonly fragment: number;
  /** How many fragments it has: fewer than a block only at the end of a file without indirect blocks. */
  readonly fragments: number;
  /** For data, its place in the file; for an indirect block, the place of the first block under it. */
  readonly index: number;
}

/**
 * Yields every allocated block, an indirect block before what is under it; holes are left out. `descend` may refuse an
 * indirect block (one that was seen before, say), whose contents are then skipped.
 *
 * Blocks past the file's end are not looked for: a sound file has none, and the checker reports those that exist.
 *
 * @throws LaneError `ufs2-damaged` for an indirect block outside the file system
 */
export function* blocksOf(
  fs: FileSystem,
  inode: Inode,
  descend: (block: FileBlock) => boolean = () => true,
): Generator<FileBlock> {
  if (!hasBlocks(fs, inode)) return;
  const { blockBytes, fragmentsPerBlock, addressesPerBlock } = fs.superblock;
  const blockCount = Math.ceil(inode.sizeBytes / blockBytes);
  const { direct, indirect } = addressesOf(fs, inode);
  for (let index = 0; index < Math.min(blockCount, DIRECT_BLOCKS); index++) {
    const fragment = direct[index]!;
    if (fragment !== 0)
      yield {
        kind: "data",
        fragment,
        fragments: fragmentsOfBlock(fs, inode.sizeBytes, index),
        index,
      };
  }
  let first = DIRECT_BLOCKS;
  for (const [level, fragment] of indirect.entries()) {
    if (first >= blockCount) return;
    yield* under(fragment, level, first);
    first += addressesPerBlock ** (level + 1);
  }

  /** The blocks under the indirect block at `fragment`; at level 0 its addresses are those of data. */
  function* under(fragment: number, level: number, index: number): Generator<FileBlock> {
    if (fragment === 0) return;
    const block: FileBlock = { kind: "indirect", fragment, fragments: fragmentsPerBlock, index };
    yield block;
    if (!descend(block)) return;
    const spanBlocks = addressesPerBlock ** level;
    const addresses = readIndirect(fs, fragment);
    const wanted = Math.min(addresses.length, Math.ceil((blockCount - index) / spanBlocks));
    for (let slot = 0; slot < wanted; slot++) {
      const address = addresses[slot]!;
      const at = index + slot * spanBlocks;
      if (level > 0) yield* under(address, level - 1, at);
      else if (address !== 0)
        yield { kind: "data", fragment: address, fragments: fragmentsPerBlock, index: at };
    }
  }
}

/** How many fragments block `index` of a file of that size has (`blksize()` in fs.h). */
export function fragmentsOfBlock(fs: FileSystem, sizeBytes: number, index: number): number {
  const { blockBytes, fragmentBytes, fragmentsPerBlock } = fs.superblock;
  if (index >= DIRECT_BLOCKS || sizeBytes >= (index + 1) * blockBytes) return fragmentsPerBlock;
  return Math.ceil((sizeBytes % blockBytes) / fragmentBytes);
}

/** The blocks of the extended attributes, which are addressed by the inode directly. */
export function attributeBlocksOf(fs: FileSystem, inode: Inode): readonly FileBlock[] {
  const { blockBytes, fragmentBytes, fragmentsPerBlock } = fs.superblock;
  const count = Math.ceil(inode.attributesBytes / blockBytes);
  return inode.attributeBlocks.slice(0, count).flatMap((fragment, index) => {
    const tailBytes = index === count - 1 ? inode.attributesBytes % blockBytes : 0;
    const fragments = tailBytes === 0 ? fragmentsPerBlock : Math.ceil(tailBytes / fragmentBytes);
    return fragment === 0 ? [] : [{ kind: "data", fragment, fragments, index } as const];
  });
}

export function addressesOf(
  fs: FileSystem,
  inode: Inode,
): { readonly direct: readonly number[]; readonly indirect: readonly number[] } {
  try {
    return addressesRecord.decode(inode.bytes);
  } catch {
    throw damaged(fs, `an absurd address in inode ${inode.number}`);
  }
}
