/**
 * A draft: a file system as it will be. It is an ordinary file system over an edited disk, so that everything that reads one
 * reads a draft; inodes and contents are changed in place there. Only the maps of the cylinder groups that space is taken from
 * are held here, and everything that is counted is derived from them once, by `finishDraft`.
 */
import { record, i32 } from "../../binary/records.js";
import { editDisk, type Edit, type EditedDisk } from "../edits.js";
import {
  groupFragment,
  groupRecord,
  hashOfGroup,
  readGroup,
  type CylinderGroup,
} from "./cylinder-group.js";
import { readFragments, superblockHash, type FileSystem } from "./file-system.js";
import { countFree } from "./free-space.js";
import {
  addressesRecord,
  decodeInode,
  hashOfInode,
  inodeOffsetBytes,
  inodeRecord,
  readInode,
  type Inode,
  type InodeFields,
} from "./inode.js";
import { superblockRecord } from "./superblock.js";

export interface Draft {
  readonly fs: FileSystem & { readonly disk: EditedDisk };
  /** The time that changed files and directories get. */
  readonly timeSeconds: number;
  /** The groups that were looked at, with their maps as they will be. */
  readonly groups: Map<number, DraftGroup>;
}

export interface DraftGroup extends CylinderGroup {
  isChanged: boolean;
  /** Kept while space is given out, so that a full group is not searched again and again. */
  freeBlocks: number;
  freeInodes: number;
  directories: number;
  initialisedInodes: number;
}

/** What is counted of a group, in the group itself and again in the summary area: `struct csum` of sys/ufs/ffs/fs.h. */
const summaryRecord = record("UFS2 summary", 16, {
  directories: i32(0),
  freeBlocks: i32(4),
  freeInodes: i32(8),
  freeFragments: i32(12),
});

export function openDraft(base: FileSystem, timeSeconds: number): Draft {
  return { fs: { ...base, disk: editDisk(base.disk) }, timeSeconds, groups: new Map() };
}

export function groupOf({ fs, groups }: Draft, index: number): DraftGroup {
  const known = groups.get(index);
  if (known !== undefined) return known;
  const group = readGroup(fs, index);
  const { freeBlocks, freeInodes, directories, initialisedInodes } = group.fields;
  const counts = { freeBlocks, freeInodes, directories, initialisedInodes };
  const loaded = { ...group, ...counts, isChanged: false };
  groups.set(index, loaded);
  return loaded;
}

/** What is counted of every group, as of now; the groups themselves are not read for it. */
export function groupCounts(draft: Draft): readonly {
  readonly directories: number;
  readonly freeBlocks: number;
  readonly freeInodes: number;
}[] {
  const { summaryFragment, groupCount } = draft.fs.superblock;
  const area = readFragments(draft.fs, summaryFragment, groupCount * summaryRecord.sizeBytes);
  return summaryRecord
    .decodeArray(area, groupCount)
    .map((summary, index) => draft.groups.get(index) ?? summary);
}

/** The group that an inode is in. */
export function groupOfInode({ fs }: Draft, number: number): number {
  return Math.floor(number / fs.superblock.inodesPerGroup);
}

export interface InodeChange extends Partial<InodeFields> {
  readonly direct?: readonly number[];
  readonly indirect?: readonly number[];
}

/** Changes an inode in use; it counts as changed now. */
export function changeInode(draft: Draft, number: number, change: InodeChange): Inode {
  const now = { changedSeconds: draft.timeSeconds, changedNanoseconds: 0 };
  return writeInode(draft, number, readInode(draft.fs, number).bytes, { ...now, ...change });
}

/** Writes an inode: bytes, with a change made to them and its check-hash made right. */
export function writeInode(
  { fs }: Draft,
  number: number,
  before: Uint8Array,
  { direct, indirect, ...fields }: InodeChange,
): Inode {
  const bytes = before.slice();
  inodeRecord.encodeInto(bytes, fields);
  addressesRecord.encodeInto(bytes, { ...(direct && { direct }), ...(indirect && { indirect }) });
  const inode = decodeInode(fs, number, bytes);
  // FreeBSD neither computes nor checks the hash of a free inode.
  if (fs.hashes.inodes && inode.mode !== 0)
    inodeRecord.encodeInto(bytes, { checkHash: hashOfInode(bytes) });
  fs.disk.write(inodeOffsetBytes(fs, number), bytes);
  return inode;
}

/** The draft as edits of the disk: with the groups that were changed, their summaries and the superblock's totals. */
export function finishDraft(draft: Draft): readonly Edit[] {
  const { fs, timeSeconds } = draft;
  if (fs.disk.edits.length === 0) return [];
  const { directories, freeBlocks, freeInodes, freeFragments } = fs.superblock;
  const totals = { directories, freeBlocks, freeInodes, freeFragments };
  for (const group of draft.groups.values()) {
    if (!group.isChanged) continue;
    const counts = writeGroup(draft, group);
    for (const key of Object.keys(totals) as (keyof typeof totals)[])
      totals[key] += counts[key] - group.fields[key];
  }
  const area = fs.superblockBytes.slice();
  superblockRecord.encodeInto(area, { ...totals, timeSeconds });
  if (fs.hashes.superblock)
    superblockRecord.encodeInto(area, { checkHash: superblockHash(fs, area) });
  const superblock = area.slice(0, superblockRecord.sizeBytes);
  fs.disk.write(fs.offsetBytes + fs.superblockAtBytes, superblock);
  return fs.disk.edits;
}

/** Writes a group's block with everything that follows from its maps, and its entry in the summary area. */
function writeGroup(
  { fs, timeSeconds }: Draft,
  group: DraftGroup,
): Record<keyof typeof summaryRecord.fields, number> {
  const { bytes, fields, fragmentMap, index } = group;
  const { fragmentBytes, longestCluster, summaryFragment } = fs.superblock;
  const { freeInodes, directories, initialisedInodes } = group;
  const space = countFree(fs, fragmentMap, fields.fragments);
  const { freeBlocks, freeFragments, fragmentRuns } = space;
  if (longestCluster > 0) {
    bytes.set(space.clusterMap, fields.clusterMapAt);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    // The count for length 0 shares its bytes with the end of the fragment map: it is not written.
    for (const [length, count] of space.clusterCounts.entries())
      if (length > 0) view.setUint32(fields.clusterCountsAt + 4 * length, count, true);
  }
  const counts = { directories, freeBlocks, freeInodes, freeFragments };
  groupRecord.encodeInto(bytes, { ...counts, fragmentRuns, initialisedInodes, timeSeconds });
  if (fs.hashes.groups) groupRecord.encodeInto(bytes, { checkHash: hashOfGroup(bytes) });
  fs.disk.write(fs.offsetBytes + groupFragment(fs, index) * fragmentBytes, bytes);
  const summary = new Uint8Array(summaryRecord.sizeBytes);
  summaryRecord.encodeInto(summary, counts);
  const summaryAt = summaryFragment * fragmentBytes + index * summaryRecord.sizeBytes;
  fs.disk.write(fs.offsetBytes + summaryAt, summary);
  return counts;
}
