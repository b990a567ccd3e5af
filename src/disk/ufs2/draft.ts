/**
 * A draft: the file system as it will be once the planned changes are made. Inodes, directories and cylinder groups are
 * copied into it when they are touched; the disk is only read. `finish-draft.ts` turns it into edits.
 *
 * What the plan frees is not given out again within the same plan: the blocks of a file that is replaced stay as they are
 * until the last edits, so that a list of edits that was cut short has destroyed nothing.
 */
import { recordEdits, type RecordingDisk } from "../edits.js";
import { openAllocation, type Allocation } from "./allocation.js";
import type { FileBlock } from "./blocks.js";
import type { DraftDirectory } from "./draft-directory.js";
import type { FileSystem } from "./file-system.js";
import {
  addressesRecord,
  decodeInode,
  hashOfInode,
  inodeRecord,
  readInode,
  type Inode,
  type InodeFields,
} from "./inode.js";

export interface Draft {
  /** The file system, with a disk that already has what the plan wrote into free space. */
  readonly fs: FileSystem;
  /** That disk: contents, indirect blocks and fresh inode blocks go here, and nothing refers to them yet. */
  readonly disk: RecordingDisk;
  /** The time that changed files and directories get. */
  readonly timeSeconds: number;
  readonly allocation: Allocation;
  readonly inodes: Map<number, DraftInode>;
  readonly directories: Map<number, DraftDirectory>;
  readonly freedBlocks: FileBlock[];
  readonly freedInodes: Inode[];
}

export interface DraftInode {
  readonly inode: Inode;
  /** Made by this plan: no name on the disk refers to it. */
  readonly isNew: boolean;
  /** For people: what it is about. */
  readonly why: string;
}

export function openDraft(base: FileSystem, timeSeconds: number): Draft {
  const disk = recordEdits(base.disk);
  const fs = { ...base, disk };
  return {
    fs,
    disk,
    timeSeconds,
    allocation: openAllocation(fs),
    inodes: new Map(),
    directories: new Map(),
    freedBlocks: [],
    freedInodes: [],
  };
}

export function inodeOf(draft: Draft, number: number): Inode {
  return draft.inodes.get(number)?.inode ?? readInode(draft.fs, number);
}

export interface InodeChange extends Partial<InodeFields> {
  readonly direct?: readonly number[];
  readonly indirect?: readonly number[];
}

/** Changes an inode in the draft; its check-hash follows, and it counts as changed now. */
export function changeInode(draft: Draft, number: number, change: InodeChange, why: string): Inode {
  const known = draft.inodes.get(number);
  const before = known?.inode ?? readInode(draft.fs, number);
  return putInode(
    draft,
    number,
    before.bytes,
    { changedSeconds: draft.timeSeconds, changedNanoseconds: 0, ...change },
    {
      isNew: known?.isNew ?? false,
      why,
    },
  );
}

/** Puts an inode into the draft: the bytes that are there, with a change made to them. */
export function putInode(
  draft: Draft,
  number: number,
  before: Uint8Array,
  { direct, indirect, ...fields }: InodeChange,
  about: { readonly isNew: boolean; readonly why: string },
): Inode {
  const bytes = before.slice();
  inodeRecord.encodeInto(bytes, fields);
  addressesRecord.encodeInto(bytes, { ...(direct && { direct }), ...(indirect && { indirect }) });
  const inUse = inodeRecord.fields.mode.get(new DataView(bytes.buffer)) !== 0;
  // FreeBSD neither computes nor checks the hash of a free inode.
  if (draft.fs.hashes.inodes && inUse)
    inodeRecord.encodeInto(bytes, { checkHash: hashOfInode(bytes) });
  const inode = decodeInode(draft.fs, number, bytes);
  draft.inodes.set(number, { inode, ...about });
  return inode;
}
