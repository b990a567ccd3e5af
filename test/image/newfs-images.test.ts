import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { openFileSource } from "../../src/disk/file-source.js";
import { findRoots } from "../../src/disk/disk-root.js";
import { openFileSystem } from "../../src/disk/ufs2/file-system.js";
import { typeOfMode, type Inode } from "../../src/disk/ufs2/inode.js";
import { readChunks, readLink } from "../../src/disk/ufs2/content.js";
import { walk } from "../../src/disk/ufs2/walk.js";
import { FIXTURES, readHashes, readListing, unpackFixture, type FixtureName } from "./unpack.js";

function openFixture(name: FixtureName) {
  const disk = openFileSource(unpackFixture(name));
  return openFileSystem(disk, findRoots(disk)[0]);
}

test.each(FIXTURES)("%s: every entry is as FreeBSD's find -ls listed it", (name) => {
  const fs = openFixture(name);
  const seen = [...walk(fs)].map(({ path, inode }) => ({
    path,
    inode: inode.number,
    sectorsHeld: inode.sectorsHeld,
    mode: modeString(inode),
    links: inode.links,
    sizeBytes: inode.sizeBytes,
    owner: OWNERS[inode.uid],
    group: GROUPS[inode.gid],
    target: typeOfMode(inode.mode) === "symlink" ? readLink(fs, inode) : undefined,
  }));
  const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
  expect(seen.sort(byPath)).toEqual([...readListing(name)].sort(byPath));
});

test.each(FIXTURES)("%s: every file has the bytes that FreeBSD hashed", (name) => {
  const fs = openFixture(name);
  const seen = new Map<string, string>();
  for (const { path, inode } of walk(fs)) {
    if (typeOfMode(inode.mode) !== "file") continue;
    const hash = createHash("sha256");
    for (const chunk of readChunks(fs, inode)) hash.update(chunk);
    seen.set(path, hash.digest("hex"));
  }
  const expected = new Map(readHashes(name));
  // The kernel went on writing its journal after the hashes were taken, until the unmount.
  for (const hashes of [seen, expected]) hashes.delete("/.sujournal");
  expect(seen).toEqual(expected);
});

const OWNERS: Readonly<Record<number, string>> = { 0: "root" };
const GROUPS: Readonly<Record<number, string>> = { 0: "wheel", 5: "operator" };

/** The mode as ls(1) writes it. */
function modeString({ mode }: Inode): string {
  const type = { file: "-", directory: "d", symlink: "l" }[typeOfMode(mode) as string] ?? "?";
  return type + [6, 3, 0].map((shift) => triple((mode >> shift) & 7)).join("");
}

function triple(bits: number): string {
  return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`;
}
