/**
 * Damage done on purpose: a few bytes of a structure changed, with its check-hash made right again or left wrong.
 */
import type { ByteSource } from "../../src/binary/byte-source.js";
import { editDisk, type Edit } from "../../src/disk/edits.js";
import { findRoots } from "../../src/disk/disk-root.js";
import {
  groupFragment,
  groupRecord,
  hashOfGroup,
  readGroup,
  type GroupFields,
} from "../../src/disk/ufs2/cylinder-group.js";
import {
  superblockHash,
  openFileSystem,
  type FileSystem,
} from "../../src/disk/ufs2/file-system.js";
import {
  addressesRecord,
  hashOfInode,
  inodeOffsetBytes,
  inodeRecord,
  readInode,
  type InodeFields,
} from "../../src/disk/ufs2/inode.js";
import { superblockRecord, type Superblock } from "../../src/disk/ufs2/superblock.js";

export function openDamaged(disk: ByteSource, edits: readonly Edit[]): FileSystem {
  const damaged = editDisk(disk, edits);
  return openFileSystem(damaged, findRoots(damaged)[0]);
}

export function damageSuperblock(fs: FileSystem, change: Partial<Superblock>): Edit {
  const bytes = fs.superblockBytes.slice();
  superblockRecord.encodeInto(bytes, change);
  if (fs.hashes.superblock)
    superblockRecord.encodeInto(bytes, { checkHash: superblockHash(fs, bytes) });
  return { offsetBytes: fs.offsetBytes + fs.superblockAtBytes, bytes };
}

interface Addresses {
  readonly direct?: readonly number[];
  readonly indirect?: readonly number[];
}

export function damageInode(
  fs: FileSystem,
  number: number,
  { direct, indirect, ...change }: Partial<InodeFields> & Addresses,
): Edit {
  const bytes = readInode(fs, number).bytes.slice();
  inodeRecord.encodeInto(bytes, change);
  addressesRecord.encodeInto(bytes, { ...(direct && { direct }), ...(indirect && { indirect }) });
  if (fs.hashes.inodes && change.checkHash === undefined)
    inodeRecord.encodeInto(bytes, { checkHash: hashOfInode(bytes) });
  return { offsetBytes: inodeOffsetBytes(fs, number), bytes };
}

/** Changes fields of a group, then whatever else `more` does to its bytes. */
export function damageGroup(
  fs: FileSystem,
  index: number,
  change: Partial<GroupFields>,
  more: (bytes: Uint8Array, fields: GroupFields) => void = () => undefined,
): Edit {
  const { bytes, fields } = readGroup(fs, index);
  groupRecord.encodeInto(bytes, change);
  more(bytes, fields);
  if (fs.hashes.groups && change.checkHash === undefined)
    groupRecord.encodeInto(bytes, { checkHash: hashOfGroup(bytes) });
  const offsetBytes = fs.offsetBytes + groupFragment(fs, index) * fs.superblock.fragmentBytes;
  return { offsetBytes, bytes };
}

/** Overwrites bytes of a file's or directory's content; it must lie in its first direct block. */
export function damageContent(
  fs: FileSystem,
  number: number,
  atBytes: number,
  bytes: Uint8Array,
): Edit {
  const { direct } = addressesRecord.decode(readInode(fs, number).bytes);
  return {
    offsetBytes: fs.offsetBytes + direct[0]! * fs.superblock.fragmentBytes + atBytes,
    bytes,
  };
}
