/**
 * The files of a FreeBSD guest, as its loader and its settings name them.
 */
import { LaneError } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import { entriesOf } from "../../disk/ufs2/directory.js";
import type { FileSystem } from "../../disk/ufs2/file-system.js";
import { typeOfMode, type FileType, type Inode } from "../../disk/ufs2/inode.js";
import { findInode } from "../../disk/ufs2/lookup.js";
import { openFile, readContent } from "../../disk/ufs2/content.js";

/** A guest's files, as far as its settings are asked for. Paths are absolute, links are followed. */
export interface GuestFiles {
  /** What is at a path, or `undefined` when there is nothing, or a link to nothing. */
  typeAt(path: string): FileType | undefined;
  /**
   * A regular file as UTF-8 text, or `undefined` where there is none.
   *
   * @param limitBytes larger files are refused; 1 MiB if absent, far more than any text that configures a boot
   * @throws LaneError `guest-file-too-large`, `ufs2-damaged` (image)
   */
  readText(path: string, limitBytes?: number): string | undefined;
  /** A regular file's bytes, or `undefined` where there is none. */
  open(path: string): ByteSource | undefined;
  /** The names in a directory in the order in which they lie there; none where there is no directory. */
  namesIn(path: string): readonly string[];
}

const TEXT_LIMIT_BYTES = 1024 * 1024;

export function guestFiles(fs: FileSystem): GuestFiles {
  return {
    typeAt(path) {
      const inode = find(fs, path);
      return inode && typeOfMode(inode.mode);
    },
    readText(path, limitBytes = TEXT_LIMIT_BYTES) {
      const inode = find(fs, path);
      if (inode === undefined || typeOfMode(inode.mode) !== "file") return undefined;
      return Buffer.from(readContent(fs, inode, limitBytes)).toString("utf8");
    },
    open(path) {
      const inode = find(fs, path);
      if (inode === undefined || typeOfMode(inode.mode) !== "file") return undefined;
      return openFile(fs, inode, { name: path });
    },
    namesIn(path) {
      const inode = find(fs, path);
      if (inode === undefined || typeOfMode(inode.mode) !== "directory") return [];
      return entriesOf(fs, inode).map(({ name }) => name);
    },
  };
}

/** As the guest would find it: a link that leads in a circle leads nowhere. */
function find(fs: FileSystem, path: string): Inode | undefined {
  try {
    return findInode(fs, path);
  } catch (error) {
    if (error instanceof LaneError && error.code === "guest-path-loops") return undefined;
    throw error;
  }
}
