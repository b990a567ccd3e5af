/**
 * One change, made in a draft. What each kind means is said in `file-change.ts`.
 */
import {
  addEntry,
  dropEntry,
  keyOf,
  retargetEntry,
  type DraftDirectory,
} from "./draft-directory.js";
import { badPath, inodeAt, placeOf, type Place } from "./draft-names.js";
import { changeInode, inodeOf, type Draft } from "./draft.js";
import type {
  AppendToFile,
  Attributes,
  FileChange,
  MakeDirectory,
  MakeLink,
  Remove,
  WriteFile,
} from "./file-change.js";
import { dropDirectory, dropLink, switchContent } from "./free-inode.js";
import { typeOfMode, type Inode } from "./inode.js";
import { notA } from "./lookup.js";
import { makeDirectory, makeNode } from "./make-inode.js";
import { placeContent } from "./place-content.js";
import { readContent } from "./read-file.js";
import { partsOf } from "./resolve.js";

/** FreeBSD's limit on a path, and so on what a link can usefully say. */
const LINK_TARGET_LIMIT_BYTES = 1023;

/**
 * @throws LaneError `guest-path-bad`, `guest-path-not-found`, `guest-path-unfit`, `guest-path-loops`, `filesystem-full`,
 *   `filesystem-out-of-inodes`, `staged-file-too-large`, `ufs2-damaged`
 */
export function applyChange(draft: Draft, change: FileChange): void {
  switch (change.kind) {
    case "file": {
      writeFile(draft, change);
      return;
    }
    case "append": {
      append(draft, change);
      return;
    }
    case "directory": {
      ensureDirectory(draft, change);
      return;
    }
    case "symlink": {
      makeLink(draft, change);
      return;
    }
    case "attributes": {
      setAttributes(draft, inodeAt(draft, change.path), change, change.path);
      return;
    }
    case "remove": {
      remove(draft, change);
      return;
    }
  }
}

function writeFile(draft: Draft, change: WriteFile): void {
  const place = placeOf(draft, change.path);
  const { existing, path } = place;
  if (existing !== undefined && typeOfMode(existing.mode) === "directory")
    throw notA(draft.fs, path, "file");
  if (existing !== undefined && typeOfMode(existing.mode) === "file" && existing.links === 1) {
    replaceContent(draft, existing, change.content, path);
    setAttributes(draft, inodeOf(draft, existing.number), change, path);
    return;
  }
  const attributes = { mode: 0o644, ...change };
  linkIn(
    draft,
    place,
    makeNode(draft, place.directory.number, "file", attributes, change.content, path),
  );
}

function append(draft: Draft, { path, content }: AppendToFile): void {
  const inode = inodeAt(draft, path);
  if (typeOfMode(inode.mode) !== "file") throw notA(draft.fs, path, "regular file");
  replaceContent(draft, inode, Buffer.concat([readContent(draft.fs, inode), content]), path);
}

function makeLink(draft: Draft, { path, target, uid = 0, gid = 0 }: MakeLink): void {
  const place = placeOf(draft, path);
  if (place.existing !== undefined && typeOfMode(place.existing.mode) === "directory") {
    throw notA(draft.fs, path, "link or file");
  }
  const bytes = Buffer.from(target, "utf8");
  if (bytes.length === 0 || bytes.length > LINK_TARGET_LIMIT_BYTES || target.includes("\0")) {
    throw badPath(target, `a link's target of 1 to ${LINK_TARGET_LIMIT_BYTES} bytes`);
  }
  const attributes = { mode: 0o755, uid, gid };
  linkIn(draft, place, makeNode(draft, place.directory.number, "symlink", attributes, bytes, path));
}

function ensureDirectory(draft: Draft, change: MakeDirectory): void {
  const place = partsOf(change.path).length === 0 ? undefined : placeOf(draft, change.path);
  if (place !== undefined && place.existing === undefined) {
    linkIn(draft, place, makeDirectory(draft, place.directory.number, change, change.path));
    return;
  }
  const there = inodeAt(draft, change.path);
  if (typeOfMode(there.mode) !== "directory") throw notA(draft.fs, change.path, "directory");
  setAttributes(draft, there, change, change.path);
}

function remove(draft: Draft, { path, recursive = false }: Remove): void {
  const { directory, name, existing } = placeOf(draft, path);
  if (existing === undefined) return;
  dropEntry(directory, keyOf(name));
  if (typeOfMode(existing.mode) !== "directory") dropLink(draft, existing, path);
  else dropDirectory(draft, existing, directory, { path, recursive });
  touchDirectory(draft, directory);
}

/** Gives a new inode its name: one of its own, or that of what was there, which thereby loses it. */
function linkIn(draft: Draft, { directory, name, existing, path }: Place, inode: Inode): void {
  const type = inode.mode >> 12;
  if (existing === undefined) {
    addEntry(draft.fs, directory, name, inode.number, type);
  } else {
    retargetEntry(directory, name, inode.number, type);
    dropLink(draft, existing, path);
  }
  touchDirectory(draft, directory);
}

/** Content changes by one write of the inode: until then the old blocks are what the file is. */
function replaceContent(draft: Draft, inode: Inode, content: Uint8Array, path: string): void {
  const group = Math.floor(inode.number / draft.fs.superblock.inodesPerGroup);
  switchContent(draft, inode, placeContent(draft, group, content, path), path);
}

function setAttributes(
  draft: Draft,
  inode: Inode,
  { mode, uid, gid, flags }: Attributes,
  path: string,
): void {
  if (mode === undefined && uid === undefined && gid === undefined && flags === undefined) return;
  const change = {
    mode: mode === undefined ? inode.mode : (inode.mode & ~0o7777) | (mode & 0o7777),
    uid: uid ?? inode.uid,
    gid: gid ?? inode.gid,
    flags: flags ?? inode.flags,
  };
  changeInode(draft, inode.number, change, path);
}

function touchDirectory(draft: Draft, directory: DraftDirectory): void {
  const now = { modifiedSeconds: draft.timeSeconds, modifiedNanoseconds: 0 };
  changeInode(draft, directory.number, now, directory.why);
}
