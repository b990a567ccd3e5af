/**
 * The second to fourth pass: every directory's entries, the tree that they form, and how many names each inode has.
 */
import { expectEqual, found, type CheckState } from "./check.js";
import { guarded } from "./inodes.js";
import {
  rawEntries,
  readDirectoryContent,
  type RawEntry,
} from "../../../src/disk/ufs2/directory.js";
import { ROOT_INODE, typeOfMode, type Inode } from "../../../src/disk/ufs2/inode.js";

/** FreeBSD's whiteout: a name that hides one in a lower layer of a union mount, and refers to no inode. */
const WHITEOUT_TYPE = 14;

interface Tree {
  /** How many names refer to an inode. */
  readonly names: Map<number, number>;
  /** The directory that a directory's name is in. */
  readonly parents: Map<number, number>;
  /** What a directory's `..` says. */
  readonly dotdots: Map<number, number>;
}

export function checkDirectories(state: CheckState): void {
  const root = state.inodes.get(ROOT_INODE);
  if (root === undefined || typeOfMode(root.mode) !== "directory") {
    found(state, "root", "inode 2 is no directory");
    return;
  }
  const tree: Tree = {
    names: new Map(),
    parents: new Map([[ROOT_INODE, ROOT_INODE]]),
    dotdots: new Map(),
  };
  for (const inode of state.inodes.values()) {
    if (typeOfMode(inode.mode) === "directory")
      guarded(state, () => checkDirectory(state, inode, tree));
  }
  checkTree(state, tree);
  for (const { number, links } of state.inodes.values()) {
    const names = tree.names.get(number) ?? 0;
    if (names === 0) found(state, "unreferenced", `inode ${number} has no name`);
    else expectEqual(state, "link-count", `links of inode ${number}`, links, names);
  }
}

function checkDirectory(state: CheckState, directory: Inode, tree: Tree): void {
  const seen = new Set<string>();
  let place = 0;
  for (const entry of rawEntries(state.fs, readDirectoryContent(state.fs, directory))) {
    const where = `entry at ${entry.atBytes} of directory ${directory.number}`;
    if (place < 2) checkDots(state, directory, entry, place, where);
    place += 1;
    if (entry.inode === 0 || entry.type === WHITEOUT_TYPE) continue;
    const name = Buffer.from(entry.name).toString("latin1");
    if (seen.has(name))
      found(state, "name-twice", `${where}: ${JSON.stringify(name)} is there already`);
    if (place > 2 && (name === "." || name === ".."))
      found(state, "dots", `${where}: another ${name}`);
    seen.add(name);
    checkName(state, entry, name, where);
    checkTarget(state, directory, entry, name, tree, where);
  }
}

/** The first entry is the directory itself, the second its parent. */
function checkDots(
  state: CheckState,
  directory: Inode,
  entry: RawEntry,
  place: number,
  where: string,
): void {
  const name = Buffer.from(entry.name).toString("latin1");
  if (entry.inode === 0 || name !== [".", ".."][place])
    found(state, "dots", `${where}: no ${[".", ".."][place]!}`);
  else if (place === 0)
    expectEqual(state, "dots", `${where}: inode of .`, entry.inode, directory.number);
}

function checkName(state: CheckState, entry: RawEntry, name: string, where: string): void {
  if (name === "" || name.includes("/") || name.includes("\0")) {
    found(state, "name", `${where}: ${JSON.stringify(name)} is no name`);
  }
  if (entry.terminator !== 0) found(state, "name", `${where}: the name is not ended by a NUL`);
}

function checkTarget(
  state: CheckState,
  directory: Inode,
  entry: RawEntry,
  name: string,
  tree: Tree,
  where: string,
): void {
  const target = state.inodes.get(entry.inode);
  if (target === undefined) {
    found(state, "name-of-nothing", `${where}: inode ${entry.inode} is not in use`);
    return;
  }
  expectEqual(state, "entry-type", `${where}: type`, entry.type, target.mode >> 12);
  tree.names.set(entry.inode, (tree.names.get(entry.inode) ?? 0) + 1);
  if (directory.number === ROOT_INODE) state.names.set(name, entry.inode);
  if (name === "..") tree.dotdots.set(directory.number, entry.inode);
  if (name === "." || name === ".." || typeOfMode(target.mode) !== "directory") return;
  if (tree.parents.has(entry.inode))
    found(state, "directory-twice", `${where}: another name for directory ${entry.inode}`);
  else tree.parents.set(entry.inode, directory.number);
}

/** Every directory's `..` is where its name is, it can be reached from the root, and its depth, if kept, is right. */
function checkTree(state: CheckState, { parents, dotdots }: Tree): void {
  const connected = new Set([ROOT_INODE]);
  for (const inode of state.inodes.values()) {
    if (typeOfMode(inode.mode) !== "directory") continue;
    const parent = parents.get(inode.number);
    if (parent === undefined) continue;
    expectEqual(
      state,
      "dots",
      `.. of directory ${inode.number}`,
      dotdots.get(inode.number),
      parent,
    );
    if (!reachesRoot(inode.number, parents, connected)) {
      found(state, "unconnected", `directory ${inode.number} cannot be reached from the root`);
    }
    const depth = inode.number === ROOT_INODE ? 0 : (state.inodes.get(parent)?.depth ?? 0) + 1;
    if (inode.depth !== 0)
      expectEqual(state, "depth", `depth of directory ${inode.number}`, inode.depth, depth);
  }
}

function reachesRoot(
  number: number,
  parents: ReadonlyMap<number, number>,
  connected: Set<number>,
): boolean {
  const trail: number[] = [];
  for (let here = number; !connected.has(here);) {
    trail.push(here);
    const parent = parents.get(here);
    if (parent === undefined || trail.includes(parent)) return false;
    here = parent;
  }
  for (const one of trail) connected.add(one);
  return true;
}
