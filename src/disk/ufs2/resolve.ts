/**
 * Following a path, over anything that can tell inodes, names and link texts: the file system as it is, or a draft of it.
 */
import { LaneError } from "../../base/errors.js";
import { ROOT_INODE, typeOfMode, type Inode } from "./inode.js";

export interface NameSource {
  /** For messages. */
  readonly name: string;
  inode(number: number): Inode;
  /** The inode that a name in a directory refers to. */
  find(directory: Inode, name: string): number | undefined;
  linkTarget(link: Inode): string;
}

/** As many links as FreeBSD follows (MAXSYMLINKS). */
const LINK_LIMIT = 32;

/**
 * The inode at a path, or undefined when there is none. `.` and empty parts are skipped, `..` goes up, but not above the
 * root.
 *
 * @throws LaneError `guest-path-loops`, and what the source throws
 */
export function resolvePath(
  source: NameSource,
  path: string,
  followLast: boolean,
): Inode | undefined {
  const parts = partsOf(path);
  const trail: Inode[] = [source.inode(ROOT_INODE)];
  let linksLeft = LINK_LIMIT;
  while (parts.length > 0) {
    const part = parts.shift()!;
    if (part === "..") {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const here = trail.at(-1)!;
    const number = typeOfMode(here.mode) === "directory" ? source.find(here, part) : undefined;
    if (number === undefined) return undefined;
    const found = source.inode(number);
    if (typeOfMode(found.mode) !== "symlink" || (parts.length === 0 && !followLast)) {
      trail.push(found);
      continue;
    }
    if (linksLeft-- === 0) throw loops(source, path);
    const target = source.linkTarget(found);
    if (target.startsWith("/")) trail.length = 1;
    parts.unshift(...partsOf(target));
  }
  return trail.at(-1);
}

export function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

function loops(source: NameSource, path: string): LaneError {
  return new LaneError(
    "guest-path-loops",
    `${source.name}: ${path} goes through more than ${LINK_LIMIT} symbolic links`,
    { facts: { disk: source.name, path } },
  );
}
