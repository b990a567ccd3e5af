/**
 * What must hold between the numbers of a superblock before any of them is used as an offset, a count or a divisor. The
 * rules follow from how newfs(8) and makefs(8) lay a file system out; FreeBSD's own list is in sys/ufs/ffs/ffs_subr.c.
 */
import { LaneError } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import type { Superblock } from "./superblock.js";
import { SUPERBLOCK_AREA_BYTES } from "./superblock-search.js";

const INODE_BYTES = 256;
const SUMMARY_BYTES = 16;
const GROUP_HEADER_BYTES = 168;

/** @throws LaneError `ufs2-damaged` naming the first rule that is broken, `image-truncated` */
export function validateSuperblock(disk: ByteSource, sb: Superblock, partitionBytes: number): void {
  const broken = Object.entries(RULES).find(([, holds]) => !holds(sb));
  if (broken !== undefined) {
    throw new LaneError(
      "ufs2-damaged",
      `${disk.name}: the UFS2 superblock contradicts itself: ${broken[0]}`,
      {
        hint: "the file system is damaged: run fsck_ffs on it, or fetch the image again",
        facts: { disk: disk.name },
      },
    );
  }
  const sizeBytes = sb.sizeFragments * sb.fragmentBytes;
  if (sizeBytes <= partitionBytes) return;
  throw new LaneError(
    "image-truncated",
    `${disk.name} is truncated: the file system has ${sizeBytes} bytes, its partition ${partitionBytes}`,
    { facts: { disk: disk.name, sizeBytes, partitionBytes } },
  );
}

const RULES: Readonly<Record<string, (sb: Superblock) => boolean>> = {
  "the block size": ({ blockBytes }) =>
    isPowerOfTwo(blockBytes) && blockBytes >= 4096 && blockBytes <= 65536,
  "the fragment size": ({ fragmentBytes }) => isPowerOfTwo(fragmentBytes) && fragmentBytes >= 512,
  "the fragments per block": (sb) =>
    sb.fragmentBytes * sb.fragmentsPerBlock === sb.blockBytes &&
    [1, 2, 4, 8].includes(sb.fragmentsPerBlock),
  "the addresses per block": (sb) => sb.addressesPerBlock === sb.blockBytes / 8,
  "the inodes per block": (sb) => sb.inodesPerBlock === sb.blockBytes / INODE_BYTES,
  "the bytes under the check-hash": ({ hashedBytes }) =>
    hashedBytes >= 1376 && hashedBytes <= SUPERBLOCK_AREA_BYTES,
  "the number of groups": ({ groupCount }) => groupCount >= 1,
  "the fragments per group": (sb) =>
    sb.fragmentsPerGroup > 0 && sb.fragmentsPerGroup % sb.fragmentsPerBlock === 0,
  "the inodes per group": (sb) =>
    sb.inodesPerGroup > 0 && sb.inodesPerGroup % sb.inodesPerBlock === 0,
  "the size against the groups": (sb) =>
    sb.sizeFragments > (sb.groupCount - 1) * sb.fragmentsPerGroup &&
    sb.sizeFragments <= sb.groupCount * sb.fragmentsPerGroup,
  "the layout of a group": (sb) =>
    sb.superblockFragment > 0 &&
    sb.groupFragment > sb.superblockFragment &&
    sb.inodesFragment > sb.groupFragment &&
    sb.dataFragment ===
      sb.inodesFragment + (sb.inodesPerGroup / sb.inodesPerBlock) * sb.fragmentsPerBlock &&
    sb.dataFragment <= sb.fragmentsPerGroup,
  "the last group's size": (sb) =>
    sb.sizeFragments - (sb.groupCount - 1) * sb.fragmentsPerGroup >= sb.dataFragment,
  "the size of a cylinder group block": (sb) =>
    sb.groupBytes >= GROUP_HEADER_BYTES && sb.groupBytes <= sb.blockBytes,
  "the longest cluster": ({ longestCluster }) => longestCluster >= 0 && longestCluster <= 16,
  "the summary area": (sb) =>
    sb.summaryBytes >= sb.groupCount * SUMMARY_BYTES &&
    sb.summaryFragment > 0 &&
    sb.summaryFragment * sb.fragmentBytes + sb.summaryBytes <= sb.sizeFragments * sb.fragmentBytes,
  "the length of short links": (sb) => sb.shortLinkBytes >= 0 && sb.shortLinkBytes <= 120,
};

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}
