/**
 * Where a superblock may be, in the order in which FreeBSD looks (SBLOCKSEARCH in sys/ufs/ffs/fs.h): 65536 for UFS2, then
 * 8192, 0 and 262144. A UFS2 superblock counts only where it says itself that it is, so that a copy is not taken for it.
 */
import { LaneError, type ErrorCode } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import { superblockRecord, UFS1_MAGIC, UFS2_MAGIC, UNFINISHED_MAGIC } from "./superblock.js";

/** The area that FreeBSD reads for a superblock; its check-hash covers at most this much. */
export const SUPERBLOCK_AREA_BYTES = 8192;

export interface SuperblockFound {
  /** Offset from the start of the file system. */
  readonly atBytes: number;
  readonly bytes: Uint8Array;
}

/** @throws LaneError `ufs1`, `ufs-big-endian`, `ufs2-unfinished` */
export function findSuperblock(
  disk: ByteSource,
  offsetBytes: number,
  sizeBytes: number,
): SuperblockFound | undefined {
  for (const atBytes of [65536, 8192, 0, 262144]) {
    if (atBytes + SUPERBLOCK_AREA_BYTES > sizeBytes) continue;
    const bytes = disk.read(offsetBytes + atBytes, SUPERBLOCK_AREA_BYTES);
    const view = new DataView(bytes.buffer);
    const magic = view.getUint32(MAGIC_AT, true);
    if (magic === UFS2_MAGIC && view.getBigInt64(OWN_OFFSET_AT, true) === BigInt(atBytes))
      return { atBytes, bytes };
    refuseOthers(disk, magic, view.getUint32(MAGIC_AT, false), atBytes);
  }
  return undefined;
}

const MAGIC_AT = superblockRecord.fields.magic.offsetBytes;
const OWN_OFFSET_AT = superblockRecord.fields.ownOffsetBytes.offsetBytes;

function refuseOthers(disk: ByteSource, magic: number, swapped: number, atBytes: number): void {
  // A UFS1 magic at 65536 is a copy or leftover; the kernel ignores it there, too.
  if (magic === UFS1_MAGIC && atBytes <= 8192) {
    throw refusal(
      disk,
      "ufs1",
      "a UFS1 file system, expected UFS2",
      "make it with newfs -O 2 or makefs -o version=2",
    );
  }
  if (magic === UNFINISHED_MAGIC) {
    throw refusal(disk, "ufs2-unfinished", "a newfs that did not finish", "make the image again");
  }
  if (swapped === UFS2_MAGIC || (swapped === UFS1_MAGIC && atBytes <= 8192)) {
    const hint = "make it on or for a little-endian machine (makefs -B little)";
    throw refusal(disk, "ufs-big-endian", "a big-endian UFS", hint);
  }
}

function refusal(disk: ByteSource, code: ErrorCode, found: string, hint: string): LaneError {
  return new LaneError(code, `${disk.name}: found ${found}`, { hint, facts: { disk: disk.name } });
}
