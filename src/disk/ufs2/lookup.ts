/**
 * Paths, and what is at them. All are absolute in the file system.
 */
import { LaneError } from "../../base/errors.js";
import { readContent, readLink } from "./content.js";
import { entriesOf, findName, type DirectoryEntry } from "./directory.js";
import type { FileSystem } from "./file-system.js";
import { readInode, ROOT_INODE, typeOfMode, type Inode } from "./inode.js";

/** As many links as FreeBSD follows (MAXSYMLINKS). */
const LINK_LIMIT = 32;

/**
 * The inode at a path, or undefined when there is none. `.` and empty parts are skipped, `..` goes up, but not above the
 * root. Links on the way are followed; the last one unless told not to.
 *
 * @throws LaneError `ufs2-damaged`, `guest-path-loops`
 * @example findInode(fs, "/boot/kernel/kernel")?.sizeBytes
 */
export function findInode(
  fs: FileSystem,
  path: string,
  { followLast = true }: { readonly followLast?: boolean } = {},
): Inode | undefined {
  const parts = partsOf(path);
  const trail: Inode[] = [readInode(fs, ROOT_INODE)];
  let linksLeft = LINK_LIMIT;
  while (parts.length > 0) {
    const part = parts.shift()!;
    if (part === "..") {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const here = trail.at(-1)!;
    const number = typeOfMode(here.mode) === "directory" ? findName(fs, here, part) : undefined;
    if (number === undefined) return undefined;
    const found = readInode(fs, number);
    if (typeOfMode(found.mode) !== "symlink" || (parts.length === 0 && !followLast)) {
      trail.push(found);
      continue;
    }
    if (linksLeft-- === 0) throw loops(fs, path);
    const target = readLink(fs, found);
    if (target.startsWith("/")) trail.length = 1;
    parts.unshift(...partsOf(target));
  }
  return trail.at(-1);
}

/** As `findInode`, for a path that has to exist. @throws LaneError `guest-path-not-found` */
export function requireInode(fs: FileSystem, path: string): Inode {
  const inode = findInode(fs, path);
  if (inode !== undefined) return inode;
  throw notFound(fs, path);
}

/** The names in a directory, without `.` and `..`, in the order in which they lie there. */
export function listDirectory(fs: FileSystem, path: string): readonly DirectoryEntry[] {
  const inode = requireInode(fs, path);
  if (typeOfMode(inode.mode) === "directory") return entriesOf(fs, inode);
  throw notA(fs, path, "directory");
}

/** The content of a regular file. @throws LaneError `guest-path-not-found`, `guest-path-unfit`, `guest-file-too-large` */
export function readFile(fs: FileSystem, path: string, limitBytes?: number): Uint8Array {
  const inode = requireInode(fs, path);
  if (typeOfMode(inode.mode) !== "file") throw notA(fs, path, "regular file");
  return readContent(fs, inode, limitBytes);
}

export function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function notFound(fs: FileSystem, path: string): LaneError {
  return new LaneError(
    "guest-path-not-found",
    `${fs.disk.name}: there is no ${path} in the guest's file system`,
    {
      hint: "list what is there with: kernlane inspect IMAGE ls PATH",
      facts: { disk: fs.disk.name, path },
    },
  );
}

export function notA(fs: FileSystem, path: string, expected: string): LaneError {
  return new LaneError(
    "guest-path-unfit",
    `${fs.disk.name}: ${path} in the guest is no ${expected}`,
    { facts: { disk: fs.disk.name, path } },
  );
}

function loops(fs: FileSystem, path: string): LaneError {
  return new LaneError(
    "guest-path-loops",
    `${fs.disk.name}: ${path} goes through more than ${LINK_LIMIT} symbolic links`,
    { facts: { disk: fs.disk.name, path } },
  );
}
