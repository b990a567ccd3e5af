/**
 * Changes to a guest's files as edits of its disk. Nothing is written: the edits are the result. What each kind of change
 * means is said in `file-change.ts`.
 */
import { LaneError } from "../../base/errors.js";
import type { Edit } from "../edits.js";
import { readContent } from "./content.js";
import { entriesOf, findName, NAME_LIMIT_BYTES, readDirectoryContent } from "./directory.js";
import { changeInode, finishDraft, openDraft, type Draft } from "./draft.js";
import { putName, removeName } from "./edit-directory.js";
import type {
  AppendToFile,
  Attributes,
  FileChange,
  MakeDirectory,
  MakeLink,
  Remove,
  WriteFile,
} from "./file-change.js";
import type { FileSystem } from "./file-system.js";
import { readInode, typeOfMode, type Inode } from "./inode.js";
import { notA, partsOf, requireInode } from "./lookup.js";
import { makeDirectory, makeNode } from "./make-inode.js";
import { filesystemFull } from "./allocation.js";
import { bytesTaken, freeInode, replaceContent } from "./file-blocks.js";
import { requireWritable } from "./require-writable.js";

export interface PlanOptions {
  /** Unix time that new and changed files get: the caller's, so that the same plan is the same bytes. */
  readonly timeSeconds: number;
}

/** FreeBSD's limit on a path, and so on what a link can usefully say. */
const LINK_TARGET_LIMIT_BYTES = 1023;

/**
 * @throws LaneError `ufs2-unclean`, `ufs2-needs-fsck`, `ufs2-gjournal`, `ufs2-has-snapshots`, `ufs2-unknown-hashes`,
 *   `guest-path-bad`, `guest-path-not-found`, `guest-path-unfit`, `guest-path-loops`, `filesystem-full`,
 *   `filesystem-out-of-inodes`, `staged-file-too-large`, `ufs2-damaged`
 * @example
 * const edits = planFiles(fs, [
 *   { kind: "directory", path: "/boot/TWQDEBUG" },
 *   { kind: "file", path: "/boot/TWQDEBUG/kernel", content: kernel, mode: 0o555 },
 * ], { timeSeconds: 1_700_000_000 });
 */
export function planFiles(
  fs: FileSystem,
  changes: readonly FileChange[],
  { timeSeconds }: PlanOptions,
): readonly Edit[] {
  requireWritable(fs);
  const draft = openDraft(fs, timeSeconds);
  for (const [index, change] of changes.entries()) {
    try {
      applyChange(draft, change);
    } catch (error) {
      throw withRest(fs, error, changes.slice(index + 1));
    }
  }
  return finishDraft(draft);
}

/** Where a file does not fit, what is missing for the rest of the plan is told too: whoever makes room does it once. */
function withRest(fs: FileSystem, error: unknown, rest: readonly FileChange[]): unknown {
  if (!(error instanceof LaneError) || error.code !== "filesystem-full") return error;
  const bytes = rest.map((change) => {
    if (change.kind === "directory") return fs.superblock.fragmentBytes;
    const hasContent = change.kind === "file" || change.kind === "append";
    return hasContent ? bytesTaken(fs, change.content.length) : 0;
  });
  return filesystemFull(
    fs,
    bytes.reduce((sum, one) => sum + one, Number(error.facts["missingBytes"])),
  );
}

function applyChange(draft: Draft, change: FileChange): void {
  switch (change.kind) {
    case "file":
      writeFile(draft, change);
      return;
    case "append":
      append(draft, change);
      return;
    case "directory":
      ensureDirectory(draft, change);
      return;
    case "symlink":
      makeLink(draft, change);
      return;
    case "attributes":
      setAttributes(draft, requireInode(draft.fs, change.path), change);
      return;
    case "remove":
      remove(draft, change);
      return;
  }
}

function writeFile(draft: Draft, change: WriteFile): void {
  const place = placeOf(draft.fs, change.path);
  const { existing, path } = place;
  const type = existing && typeOfMode(existing.mode);
  if (type === "directory") throw notA(draft.fs, path, "file");
  if (existing !== undefined && type === "file" && existing.links === 1) {
    setAttributes(draft, replaceContent(draft, existing, change.content), change);
    return;
  }
  const attributes = { mode: 0o644, ...change };
  giveName(draft, place, makeNode(draft, place.directory, "file", attributes, change.content));
}

function append(draft: Draft, { path, content }: AppendToFile): void {
  const inode = requireInode(draft.fs, path);
  if (typeOfMode(inode.mode) !== "file") throw notA(draft.fs, path, "regular file");
  replaceContent(draft, inode, Buffer.concat([readContent(draft.fs, inode), content]));
}

function makeLink(draft: Draft, { path, target, uid = 0, gid = 0 }: MakeLink): void {
  const place = placeOf(draft.fs, path);
  if (place.existing !== undefined && typeOfMode(place.existing.mode) === "directory")
    throw notA(draft.fs, path, "link or file");
  const bytes = Buffer.from(target, "utf8");
  if (bytes.length === 0 || bytes.length > LINK_TARGET_LIMIT_BYTES || target.includes("\0"))
    throw badPath(target, `a link's target of 1 to ${LINK_TARGET_LIMIT_BYTES} bytes`);
  const attributes = { mode: 0o755, uid, gid };
  giveName(draft, place, makeNode(draft, place.directory, "symlink", attributes, bytes));
}

function ensureDirectory(draft: Draft, change: MakeDirectory): void {
  const place = partsOf(change.path).length === 0 ? undefined : placeOf(draft.fs, change.path);
  if (place !== undefined && place.existing === undefined) {
    giveName(draft, place, makeDirectory(draft, place.directory, change));
    return;
  }
  const existing = requireInode(draft.fs, change.path);
  if (typeOfMode(existing.mode) !== "directory") throw notA(draft.fs, change.path, "directory");
  setAttributes(draft, existing, change);
}

function setAttributes(draft: Draft, inode: Inode, { mode, uid, gid, flags }: Attributes): void {
  if (mode === undefined && uid === undefined && gid === undefined && flags === undefined) return;
  changeInode(draft, inode.number, {
    mode: mode === undefined ? inode.mode : (inode.mode & ~0o7777) | (mode & 0o7777),
    uid: uid ?? inode.uid,
    gid: gid ?? inode.gid,
    flags: flags ?? inode.flags,
  });
}

function remove(draft: Draft, { path, recursive = false }: Remove): void {
  const { directory, name, existing } = placeOf(draft.fs, path);
  if (existing === undefined) return;
  if (typeOfMode(existing.mode) === "directory") {
    if (!recursive && entriesOf(draft.fs, existing).length > 0)
      throw notA(draft.fs, path, "empty directory (recursive was not asked for)");
    freeTree(draft, existing);
    changeInode(draft, directory.number, { links: directory.links - 1 });
  } else {
    dropLink(draft, existing);
  }
  const content = readDirectoryContent(draft.fs, directory);
  const entries = removeName(draft.fs, content, Buffer.from(name, "utf8"));
  replaceContent(draft, readInode(draft.fs, directory.number), entries);
}

/** A directory with all that is in it; its entry in the parent is the caller's. */
function freeTree(draft: Draft, directory: Inode): void {
  for (const { inode } of entriesOf(draft.fs, directory)) {
    const child = readInode(draft.fs, inode);
    if (typeOfMode(child.mode) === "directory") freeTree(draft, child);
    else dropLink(draft, child);
  }
  freeInode(draft, directory);
}

/** One name less; with the last one the inode and all its blocks are free. */
function dropLink(draft: Draft, inode: Inode): void {
  if (inode.links > 1) changeInode(draft, inode.number, { links: inode.links - 1 });
  else freeInode(draft, inode);
}

/** A name's place: the directory that it is or will be in. */
interface Place {
  readonly path: string;
  readonly directory: Inode;
  readonly name: string;
  /** The inode that the name refers to now. */
  readonly existing: Inode | undefined;
}

function placeOf(fs: FileSystem, path: string): Place {
  const parts = partsOf(path);
  const name = parts.pop();
  if (!path.startsWith("/") || name === undefined || name === ".." || parts.includes(".."))
    throw badPath(path, "an absolute path without ..");
  if (Buffer.byteLength(name) > NAME_LIMIT_BYTES || path.includes("\0"))
    throw badPath(path, "names of at most 255 bytes");
  const parent = `/${parts.join("/")}`;
  const directory = requireInode(fs, parent);
  if (typeOfMode(directory.mode) !== "directory") throw notA(fs, parent, "directory");
  const number = findName(fs, directory, name);
  return { path, directory, name, existing: number === undefined ? number : readInode(fs, number) };
}

/** Gives an inode its name: a new one, or that of another inode, which thereby loses it. */
function giveName(draft: Draft, { directory, name, existing }: Place, inode: Inode): void {
  const content = readDirectoryContent(draft.fs, directory);
  const target = { inode: inode.number, type: inode.mode >> 12 };
  const entries = putName(draft.fs, content, name, target);
  // Read again: a directory within it may have given it a link.
  replaceContent(draft, readInode(draft.fs, directory.number), entries);
  if (existing !== undefined) dropLink(draft, existing);
}

function badPath(path: string, expected: string): LaneError {
  return new LaneError(
    "guest-path-bad",
    `${JSON.stringify(path)} is no path for a file in the guest: expected ${expected}`,
    { facts: { path } },
  );
}
