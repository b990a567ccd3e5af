/**
 * What follows from a group's map of free fragments: the counts and the cluster map that the group block carries beside it.
 * One derivation serves the writer, which stores it, and the checker, which compares with it.
 */
import type { FileSystem } from "./file-system.js";

export interface FreeSpace {
  readonly freeBlocks: number;
  /** Free fragments in blocks that are not wholly free. */
  readonly freeFragments: number;
  /** By length 0 … 7, the runs of free fragments in such blocks. */
  readonly fragmentRuns: readonly number[];
  /** A set bit is a free block. */
  readonly clusterMap: Uint8Array;
  /** By length 0 … longest, the runs of free blocks; longer ones count as the longest. */
  readonly clusterCounts: readonly number[];
}

export function countFree(fs: FileSystem, fragmentMap: Uint8Array, fragments: number): FreeSpace {
  const { fragmentsPerBlock, longestCluster, fragmentsPerGroup } = fs.superblock;
  const full = (1 << fragmentsPerBlock) - 1;
  const fragmentRuns = new Array<number>(8).fill(0);
  const clusterMap = new Uint8Array(Math.ceil(fragmentsPerGroup / fragmentsPerBlock / 8));
  const clusterCounts = new Array<number>(longestCluster + 1).fill(0);
  let freeBlocks = 0;
  let freeFragments = 0;
  let cluster = 0;
  const endCluster = () => {
    if (cluster > 0 && longestCluster > 0) clusterCounts[Math.min(cluster, longestCluster)]! += 1;
    cluster = 0;
  };
  for (let block = 0; block * fragmentsPerBlock < fragments; block++) {
    const at = block * fragmentsPerBlock;
    if (at % 8 === 0 && fragmentMap[at / 8] === 0) {
      // Most of a map is full: a byte of it is passed over at once.
      endCluster();
      block += 8 / fragmentsPerBlock - 1;
      continue;
    }
    const bits = blockBits(fragmentMap, block, fragmentsPerBlock);
    if (bits === full) {
      freeBlocks += 1;
      cluster += 1;
      setBit(clusterMap, block);
      continue;
    }
    endCluster();
    for (const run of freeRuns(bits, fragmentsPerBlock)) {
      freeFragments += run.length;
      fragmentRuns[run.length]! += 1;
    }
  }
  endCluster();
  return { freeBlocks, freeFragments, fragmentRuns, clusterMap, clusterCounts };
}

/** The bits of one block in a fragment map; a block's fragments never straddle a byte, since a block has 1, 2, 4 or 8. */
export function blockBits(
  fragmentMap: Uint8Array,
  block: number,
  fragmentsPerBlock: number,
): number {
  const first = block * fragmentsPerBlock;
  return (fragmentMap[first >> 3]! >> (first & 7)) & ((1 << fragmentsPerBlock) - 1);
}

/** The longest possible runs of set bits among the lowest `width`. */
export function* freeRuns(
  bits: number,
  width: number,
): Generator<{ readonly start: number; readonly length: number }> {
  for (let start = 0; start < width;) {
    if (((bits >> start) & 1) === 0) {
      start += 1;
      continue;
    }
    let length = 1;
    while (start + length < width && ((bits >> (start + length)) & 1) === 1) length += 1;
    yield { start, length };
    start += length;
  }
}

export function hasBit(map: Uint8Array, index: number): boolean {
  return ((map[index >> 3]! >> (index & 7)) & 1) === 1;
}

export function setBit(map: Uint8Array, index: number): void {
  map[index >> 3]! |= 1 << (index & 7);
}

export function clearBit(map: Uint8Array, index: number): void {
  map[index >> 3]! &= ~(1 << (index & 7));
}
