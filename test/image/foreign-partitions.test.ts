import { execFileSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { expect, test } from "vitest";
import { openFileSource } from "../../src/disk/file-source.js";
import { findRoots } from "../../src/disk/disk-root.js";
import { readPartitionTable } from "../../src/disk/gpt/partition-table.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import { openFileSystem } from "../../src/disk/ufs2/file-system.js";
import { readFile } from "../../src/disk/ufs2/lookup.js";
import { makefsImage, scratchPath } from "./tools.js";
import { unpackFixture } from "./unpack.js";

const MIB = 1024 * 1024;

/** A disk as sgdisk(8) partitions it. */
function sgdisk(...options: readonly string[]): string {
  const path = scratchPath("gpt.img");
  writeFileSync(path, "");
  truncateSync(path, 64 * MIB);
  execFileSync("sgdisk", ["-o", ...options, path], { stdio: "ignore" });
  return path;
}

/** The partitions that an official image has, the root of 40 MiB at 16 MiB. */
const OFFICIAL = [
  "-n",
  "1:2048:+512K",
  "-t",
  "1:a501",
  "-c",
  "1:bootfs",
  "-n",
  "2:4096:+8M",
  "-t",
  "2:ef00",
  "-c",
  "2:efiesp",
];
const ROOT = ["-n", "4:32768:+40M", "-t", "4:a503", "-c", "4:rootfs"];

function put(path: string, offsetBytes: number, bytes: Uint8Array): string {
  const copy = scratchPath("damaged.img");
  copyFileSync(path, copy);
  const file = openSync(copy, "r+");
  writeSync(file, bytes, 0, bytes.length, offsetBytes);
  closeSync(file);
  return copy;
}

const rootOf = (path: string) => {
  using disk = openFileSource(path);
  return findRoots(disk)[0];
};

const refusedWith = (code: string) =>
  expect.objectContaining({ code, hint: expect.any(String) as string }) as Error;

test("finds the root in a GPT of sgdisk's, whose partitions skip a number", () => {
  const path = sgdisk(...OFFICIAL, ...ROOT);
  const root = rootOf(path);
  expect(root).toMatchObject({
    number: 4,
    label: "rootfs",
    offsetBytes: 16 * MIB,
    sizeBytes: 40 * MIB,
  });
  expect(root.table.partitions.map(({ number, type, label }) => [number, type, label])).toEqual([
    [1, "freebsd-boot", "bootfs"],
    [2, "efi", "efiesp"],
    [4, "freebsd-ufs", "rootfs"],
  ]);
  expect(root.table.warnings).toEqual([]);
});

test("finds the root among four entries, as many as FreeBSD's mkimg writes", () => {
  const path = sgdisk("-S", "4", ...OFFICIAL, ...ROOT);
  expect(readFileSync(path).readUInt32LE(512 + 80)).toBe(4);
  expect(rootOf(path)).toMatchObject({ number: 4, label: "rootfs", offsetBytes: 16 * MIB });
});

test("reads a makefs file system out of a partition", () => {
  const inner = readFileSync(makefsImage({ blockBytes: 32768, fragmentBytes: 4096, size: "40m" }));
  const path = put(sgdisk(...OFFICIAL, ...ROOT), 16 * MIB, inner);
  using disk = openFileSource(path);
  const fs = openFileSystem(disk, findRoots(disk)[0]);
  expect(checkFileSystem(fs)).toEqual([]);
  expect(Buffer.from(readFile(fs, "/etc/rc.conf")).toString()).toBe('hostname="guest"\n');
});

test("survives a bad header, and refuses two, an image cut short, and one without its root", () => {
  const path = sgdisk(...OFFICIAL, ...ROOT);
  expect(rootOf(put(path, 512 + 20, Uint8Array.of(9))).table.warnings[0]).toMatch(
    /^the primary GPT header is bad/,
  );
  const backup = 64 * MIB - 512;
  expect(rootOf(put(path, backup + 20, Uint8Array.of(9))).table.warnings[0]).toMatch(
    /^the backup GPT header is bad/,
  );
  const both = put(put(path, 512 + 20, Uint8Array.of(9)), backup + 20, Uint8Array.of(9));
  expect(() => rootOf(both)).toThrow(refusedWith("gpt-both-headers-bad"));
  const cut = put(path, 0, new Uint8Array(0));
  truncateSync(cut, 50 * MIB);
  expect(() => rootOf(cut)).toThrow(refusedWith("image-truncated"));
  expect(() => rootOf(sgdisk(...OFFICIAL))).toThrow(refusedWith("no-ufs-partition"));
});

test("refuses a ZFS root, an encrypted root, and an MBR", () => {
  const zfs = sgdisk(...OFFICIAL, "-n", "4:32768:+40M", "-t", "4:a504");
  expect(() => rootOf(zfs)).toThrow(refusedWith("root-is-zfs"));
  const geli = put(sgdisk(...OFFICIAL, ...ROOT), 56 * MIB - 512, Buffer.from("GEOM::ELI"));
  expect(() => rootOf(geli)).toThrow(refusedWith("root-is-encrypted"));
  const mbr = sgdisk("-n", "1:2048:+8M", "-t", "1:a503", "-m", "1");
  expect(() => rootOf(mbr)).toThrow(refusedWith("mbr-only"));
});

test("refuses UFS1, a big-endian UFS2, and a file system larger than its partition", () => {
  const tree = scratchPath("empty-tree");
  execFileSync("mkdir", [tree]);
  const make = (endian: string, version: number) => {
    const path = scratchPath("other.img");
    execFileSync(
      "makefs",
      ["-t", "ffs", "-B", endian, "-s", "4m", "-o", `version=${version}`, path, tree],
      { stdio: "ignore" },
    );
    return path;
  };
  expect(() => rootOf(make("little", 1))).toThrow(refusedWith("ufs1"));
  expect(() => rootOf(make("big", 2))).toThrow(refusedWith("ufs-big-endian"));
  using disk = openFileSource(unpackFixture("newfs-8k-plain"));
  expect(() => openFileSystem(disk, { offsetBytes: 0, sizeBytes: 32 * MIB })).toThrow(
    refusedWith("image-truncated"),
  );
});

test("reads the GPT that FreeBSD's gpart made", () => {
  using disk = openFileSource(unpackFixture("newfs-suj-gpt"));
  expect(
    readPartitionTable(disk).partitions.map(({ number, type, label }) => [number, type, label]),
  ).toEqual([
    [1, "freebsd-boot", "bootfs"],
    [2, "freebsd-swap", "swapfs"],
    [3, "freebsd-ufs", "rootfs"],
  ]);
});
