/**
 * Names and places in a draft: paths are followed through directories as they will be.
 */
import { LaneError } from "../../base/errors.js";
import { NAME_LIMIT_BYTES } from "./directory.js";
import { findEntry, keyOf, loadDirectory, type DraftDirectory } from "./draft-directory.js";
import { inodeOf, type Draft } from "./draft.js";
import { typeOfMode, type Inode } from "./inode.js";
import { notA, notFound } from "./lookup.js";
import { readLink } from "./read-file.js";
import { partsOf, resolvePath } from "./resolve.js";

/** A name's place: the directory that it is or will be in. */
export interface Place {
  readonly path: string;
  readonly directory: DraftDirectory;
  readonly name: string;
  /** The inode that the name refers to now. */
  readonly existing: Inode | undefined;
}

/** @throws LaneError `guest-path-bad`, `guest-path-not-found`, `guest-path-unfit` */
export function placeOf(draft: Draft, path: string): Place {
  const parts = partsOf(path);
  const name = parts.pop();
  if (!path.startsWith("/") || name === undefined || name === ".." || parts.includes("..")) {
    throw badPath(path, "an absolute path without ..");
  }
  if (keyOf(name).length > NAME_LIMIT_BYTES || path.includes("\0"))
    throw badPath(path, "names of at most 255 bytes");
  const parentPath = `/${parts.join("/")}`;
  const parent = inodeAt(draft, parentPath);
  if (typeOfMode(parent.mode) !== "directory") throw notA(draft.fs, parentPath, "directory");
  const directory = directoryOf(draft, parent, parentPath);
  const number = findEntry(directory, name);
  return {
    path,
    directory,
    name,
    existing: number === undefined ? undefined : inodeOf(draft, number),
  };
}

/** What is at a path, links followed. @throws LaneError `guest-path-not-found`, `guest-path-loops` */
export function inodeAt(draft: Draft, path: string): Inode {
  const names = {
    name: draft.fs.disk.name,
    inode: (number: number) => inodeOf(draft, number),
    find: (directory: Inode, name: string) => findEntry(directoryOf(draft, directory, path), name),
    linkTarget: (link: Inode) => readLink(draft.fs, link),
  };
  const found = resolvePath(names, path, true);
  if (found === undefined) throw notFound(draft.fs, path);
  return found;
}

/** A directory's content in the draft, loaded when it is first looked at. */
export function directoryOf(draft: Draft, inode: Inode, why: string): DraftDirectory {
  const known = draft.directories.get(inode.number);
  if (known !== undefined) return known;
  const loaded = loadDirectory(draft.fs, inode, why);
  draft.directories.set(inode.number, loaded);
  return loaded;
}

export function badPath(path: string, expected: string): LaneError {
  return new LaneError(
    "guest-path-bad",
    `${JSON.stringify(path)} is no path for a file in the guest: expected ${expected}`,
    { facts: { path } },
  );
}
