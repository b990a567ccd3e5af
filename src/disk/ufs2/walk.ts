/**
 * Everything under a directory, parents before children. A directory that is reached twice (a loop, or a second name for
 * it) is damage; and since a directory is read once, all of them together cannot be larger than the file system.
 */
import { entriesOf } from "./directory.js";
import { damaged, type FileSystem } from "./file-system.js";
import { readInode, typeOfMode, type Inode } from "./inode.js";
import { requireInode } from "./lookup.js";

export interface WalkedFile {
  /** Absolute in the file system, such as `/boot/kernel/kernel`. */
  readonly path: string;
  readonly inode: Inode;
}

/** FreeBSD's own limit is 1024; nothing that nests deeper can be opened by its path there. */
const PATH_LIMIT = 4096;

/**
 * @throws LaneError `guest-path-not-found`, `ufs2-damaged`
 * @example for (const { path, inode } of walk(fs, "/boot")) console.log(path, inode.sizeBytes);
 */
export function* walk(fs: FileSystem, path = "/"): Generator<WalkedFile> {
  const seen = new Set<number>();
  const limitBytes = fs.superblock.sizeFragments * fs.superblock.fragmentBytes;
  const pending = [{ path: path.replace(/\/+$/, ""), number: requireInode(fs, path).number }];
  let readBytes = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const here = next.path;
    const inode = readInode(fs, next.number);
    yield { path: here === "" ? "/" : here, inode };
    if (typeOfMode(inode.mode) !== "directory") continue;
    if (seen.has(inode.number)) throw damaged(fs, `a second way to directory ${here}`);
    seen.add(inode.number);
    readBytes += inode.sizeBytes;
    if (readBytes > limitBytes) throw damaged(fs, "more directories than the file system can hold");
    if (here.length > PATH_LIMIT)
      throw damaged(fs, `directories nested beyond ${PATH_LIMIT} characters`);
    for (const entry of [...entriesOf(fs, inode)].reverse()) {
      pending.push({ path: `${here}/${entry.name}`, number: entry.inode });
    }
  }
}
