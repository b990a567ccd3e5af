import { describe, expect, test } from "vitest";
import type { Edit } from "../../src/disk/edits.js";
import { openFileSource } from "../../src/disk/file-source.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import type { FileSystem } from "../../src/disk/ufs2/file-system.js";
import { readInode } from "../../src/disk/ufs2/inode.js";
import { damageInode, openDamaged } from "./damage.js";
import { DAMAGES, numberOf, patchEntry } from "./damages.js";
import { openEdited } from "./model.js";
import { FIXTURES, unpackFixture } from "./unpack.js";

describe.each(FIXTURES)("%s", (name) => {
  test("nothing is found in what FreeBSD made", () => {
    using disk = openFileSource(unpackFixture(name));
    expect(checkFileSystem(openEdited(disk))).toEqual([]);
  });

  test.each(DAMAGES)("finds %s: %s", (code, _, damage) => {
    using disk = openFileSource(unpackFixture(name));
    const edits = damage(openEdited(disk));
    const codes = checkFileSystem(openDamaged(disk, edits)).map((finding) => finding.code);
    expect(codes).toContain(code);
  });
});

test("finds that the journal of soft updates is gone", () => {
  using disk = openFileSource(unpackFixture("newfs-suj-gpt"));
  const fs = openEdited(disk);
  const edits = [patchEntry(fs, "/", ".sujournal", 8, [0x78])];
  expect(checkFileSystem(openDamaged(disk, edits)).map(({ code }) => code)).toEqual(["journal"]);
});

test("finds a directory that cannot be reached, as parts of a ring", () => {
  using disk = openFileSource(unpackFixture("newfs-8k-plain"));
  const fs = openEdited(disk);
  const inner = Buffer.alloc(4);
  inner.writeUInt32LE(numberOf(fs, "/deep/a/b"));
  // /deep/a is now named by a directory below itself only.
  const ring = [
    patchEntry(fs, "/deep", "a", 0, [0, 0, 0, 0]),
    patchEntry(fs, "/deep/a", "..", 0, [...inner]),
    renamedTo(fs, "/deep/a/b", "c", numberOf(fs, "/deep/a")),
  ];
  const codes = checkFileSystem(openDamaged(disk, ring)).map(({ code }) => code);
  expect(codes).toContain("unconnected");
});

function renamedTo(fs: FileSystem, directory: string, name: string, inode: number): Edit {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(inode);
  return patchEntry(fs, directory, name, 0, [...number]);
}

test("an inode that was read is the one that was asked for", () => {
  using disk = openFileSource(unpackFixture("newfs-8k-plain"));
  const fs = openEdited(disk);
  const number = numberOf(fs, "/boot");
  expect(readInode(fs, number).number).toBe(number);
  expect(() =>
    readInode(openDamaged(disk, [damageInode(fs, number, { checkHash: 5 })]), number),
  ).toThrow(/wrong check-hash/);
});
