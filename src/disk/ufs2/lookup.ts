/**
 * Paths, and what is at them. All are absolute in the file system.
 */
import { LaneError } from "../../base/errors.js";
import { entriesOf, rawEntries, readDirectoryContent, type DirectoryEntry } from "./directory.js";
import type { FileSystem } from "./file-system.js";
import { readInode, typeOfMode, type Inode } from "./inode.js";
import { FILE_LIMIT_BYTES, readContent, readLink } from "./read-file.js";
import { resolvePath, type NameSource } from "./resolve.js";

/**
 * The inode at a path, or undefined when there is none. Links on the way are followed; the last one unless told not to.
 *
 * @throws LaneError `ufs2-damaged`, `guest-path-loops`
 * @example findInode(fs, "/boot/kernel/kernel")?.sizeBytes
 */
export function findInode(
  fs: FileSystem,
  path: string,
  { followLast = true }: { readonly followLast?: boolean } = {},
): Inode | undefined {
  return resolvePath(namesOf(fs), path, followLast);
}

/** As `findInode`, for a path that has to be there. @throws LaneError `guest-path-not-found` */
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
export function readFile(
  fs: FileSystem,
  path: string,
  limitBytes: number = FILE_LIMIT_BYTES,
): Uint8Array {
  const inode = requireInode(fs, path);
  if (typeOfMode(inode.mode) !== "file") throw notA(fs, path, "regular file");
  return readContent(fs, inode, limitBytes);
}

function namesOf(fs: FileSystem): NameSource {
  return {
    name: fs.disk.name,
    inode: (number) => readInode(fs, number),
    find: (directory, name) => findName(fs, directory, name),
    linkTarget: (link) => readLink(fs, link),
  };
}

function findName(fs: FileSystem, directory: Inode, name: string): number | undefined {
  const wanted = Buffer.from(name, "utf8");
  for (const entry of rawEntries(fs, readDirectoryContent(fs, directory))) {
    if (entry.inode !== 0 && wanted.equals(entry.name)) return entry.inode;
  }
  return undefined;
}

export function notFound(fs: FileSystem, path: string): LaneError {
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
