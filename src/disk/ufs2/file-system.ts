/**
 * An opened UFS2 file system: its disk, where it is on it, and its superblock. Everything else is read when it is needed.
 *
 * Opening works on an unclean file system, too (one may want to look at it); `require-writable.ts` refuses to plan edits.
 */
import { LaneError } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import { checkHashOf } from "./check-hash.js";
import { FLAG, HASHED, superblockRecord, type Superblock } from "./superblock.js";
import { findSuperblock } from "./superblock-search.js";
import { validateSuperblock } from "./superblock-validate.js";

export interface FileSystem {
  readonly disk: ByteSource;
  /** Where the file system starts on the disk. */
  readonly offsetBytes: number;
  readonly superblock: Superblock;
  /** Where the superblock is in the file system. */
  readonly superblockAtBytes: number;
  /** The superblock's area as it was read: its check-hash covers more than the fields we know. */
  readonly superblockBytes: Uint8Array;
  readonly hashes: {
    readonly superblock: boolean;
    readonly groups: boolean;
    readonly inodes: boolean;
  };
}

/**
 * @throws LaneError `ufs1`, `ufs-big-endian`, `ufs2-unfinished`, `no-file-system`, `ufs2-damaged`, `image-truncated`
 * @example
 * const fs = openFileSystem(disk, findRoots(disk)[0]);
 * listDirectory(fs, "/boot");
 */
export function openFileSystem(
  disk: ByteSource,
  partition: { readonly offsetBytes: number; readonly sizeBytes: number },
): FileSystem {
  const found = findSuperblock(disk, partition.offsetBytes, partition.sizeBytes);
  if (found === undefined) {
    throw new LaneError(
      "no-file-system",
      `${disk.name}: found no UFS superblock in the partition at byte ${partition.offsetBytes}`,
      { facts: { disk: disk.name, offsetBytes: partition.offsetBytes } },
    );
  }
  const superblock = superblockRecord.decode(found.bytes);
  validateSuperblock(disk, superblock, partition.sizeBytes);
  const hashed = superblock.flags & FLAG.checkHashes ? superblock.hashedMetadata : 0;
  const fs: FileSystem = {
    disk,
    offsetBytes: partition.offsetBytes,
    superblock,
    superblockAtBytes: found.atBytes,
    superblockBytes: found.bytes,
    hashes: {
      superblock: (hashed & HASHED.superblock) !== 0,
      groups: (hashed & HASHED.groups) !== 0,
      inodes: (hashed & HASHED.inodes) !== 0,
    },
  };
  if (fs.hashes.superblock && superblock.checkHash !== superblockHash(fs, found.bytes)) {
    throw damaged(fs, "the superblock's check-hash does not match its content");
  }
  return fs;
}

export function superblockHash(fs: FileSystem, area: Uint8Array): number {
  const covered = area.subarray(0, fs.superblock.hashedBytes);
  return checkHashOf(covered, superblockRecord.fields.checkHash.offsetBytes);
}

/** Bytes of the file system, by fragment address; `fragment` and the range must lie inside it. */
export function readFragments(fs: FileSystem, fragment: number, lengthBytes: number): Uint8Array {
  const { fragmentBytes, sizeFragments } = fs.superblock;
  if (fragment < 0 || fragment * fragmentBytes + lengthBytes > sizeFragments * fragmentBytes) {
    throw damaged(
      fs,
      `an address that is not in the file system: fragment ${fragment}, ${lengthBytes} bytes`,
    );
  }
  return fs.disk.read(fs.offsetBytes + fragment * fragmentBytes, lengthBytes);
}

/** The error for what cannot be in a sound file system. */
export function damaged(fs: FileSystem, found: string): LaneError {
  return new LaneError(
    "ufs2-damaged",
    `${fs.disk.name}: the UFS2 file system at byte ${fs.offsetBytes} is damaged: found ${found}`,
    {
      hint: "boot the image once, or run fsck_ffs on it, or fetch it again",
      facts: { disk: fs.disk.name, offsetBytes: fs.offsetBytes },
    },
  );
}
