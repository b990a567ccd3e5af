import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { memorySource } from "../../binary/byte-source.js";
import { findRoots } from "../disk-root.js";
import { editDisk, type Edit } from "../edits.js";
import { checkFileSystem } from "../../../test/image/ufs2-check/check.js";
import type { FileChange } from "./file-change.js";
import { openFileSystem, type FileSystem } from "./file-system.js";
import { addressesRecord, inodeOffsetBytes, inodeRecord } from "./inode.js";
import { findInode, listDirectory, readFile, requireInode } from "./lookup.js";
import { planFiles } from "./plan.js";
import { readLink } from "./content.js";
import { walk } from "./walk.js";

/** One mebibyte by Debian's makefs, 4096/512: what a guest has, in little. The larger images are in `test/image/`. */
const image = gunzipSync(
  readFileSync(new URL("../../../test/images/makefs-tiny.img.gz", import.meta.url)),
);
const TIME = { timeSeconds: 1_700_000_000 };

function openWith(edits: readonly Edit[] = []): FileSystem {
  const disk = editDisk(memorySource(image, "tiny"), edits);
  return openFileSystem(disk, findRoots(disk)[0]);
}

function change(...changes: readonly FileChange[]): FileSystem {
  const fs = openWith(planFiles(openWith(), changes, TIME));
  expect(checkFileSystem(fs)).toEqual([]);
  return fs;
}

const textOf = (fs: FileSystem, path: string) => Buffer.from(readFile(fs, path)).toString();

test("reads what makefs wrote: names, links of both kinds, contents", () => {
  const fs = openWith();
  expect(checkFileSystem(fs)).toEqual([]);
  expect([...walk(fs)].map(({ path }) => path).sort()).toEqual([
    "/",
    "/boot",
    "/boot/kernel",
    "/boot/kernel/kernel",
    "/boot/loader.conf",
    "/etc",
    "/etc/long-link",
    "/etc/rc.conf",
    "/etc/short-link",
    "/firstboot",
  ]);
  expect(textOf(fs, "/etc/rc.conf")).toBe('hostname="tiny"\n');
  expect(textOf(fs, "/etc/long-link")).toBe('hostname="tiny"\n');
  expect(readLink(fs, findInode(fs, "/etc/short-link", { followLast: false })!)).toBe("rc.conf");
  expect(requireInode(fs, "/boot/loader.conf").links).toBe(2);
});

test("puts a slot beside the kernel, with modes, owners and times as given", () => {
  const fs = change(
    { kind: "directory", path: "/boot/TWQDEBUG", mode: 0o750, gid: 5 },
    {
      kind: "file",
      path: "/boot/TWQDEBUG/kernel",
      content: new Uint8Array(100_000).fill(7),
      mode: 0o555,
      uid: 9,
    },
  );
  expect(requireInode(fs, "/boot/TWQDEBUG")).toMatchObject({
    mode: 0o040750,
    links: 2,
    uid: 0,
    gid: 5,
  });
  const kernel = requireInode(fs, "/boot/TWQDEBUG/kernel");
  expect(kernel).toMatchObject({ mode: 0o100555, links: 1, uid: 9, sizeBytes: 100_000 });
  expect(kernel).toMatchObject({ modifiedSeconds: 1_700_000_000, bornSeconds: 1_700_000_000 });
  expect(readFile(fs, "/boot/TWQDEBUG/kernel")).toEqual(new Uint8Array(100_000).fill(7));
  expect(requireInode(fs, "/boot").links).toBe(4);
});

test("appends for every name of a file, and replaces for one only", () => {
  const appended = change({ kind: "append", path: "/etc/rc.conf", content: Buffer.from("a=b\n") });
  expect(textOf(appended, "/boot/loader.conf")).toBe('hostname="tiny"\na=b\n');
  const replaced = change({ kind: "file", path: "/etc/rc.conf", content: Buffer.from("a=b\n") });
  expect(textOf(replaced, "/etc/rc.conf")).toBe("a=b\n");
  expect(textOf(replaced, "/boot/loader.conf")).toBe('hostname="tiny"\n');
  expect(requireInode(replaced, "/boot/loader.conf").links).toBe(1);
});

test("removes files and trees, and what was never there", () => {
  const fs = change(
    { kind: "remove", path: "/firstboot" },
    { kind: "remove", path: "/never-there" },
    { kind: "remove", path: "/boot", recursive: true },
  );
  expect(listDirectory(fs, "/").map(({ name }) => name)).toEqual(["etc"]);
  expect(requireInode(fs, "/").links).toBe(3);
});

test("makes, changes and removes in one plan what the plan itself made", () => {
  const fs = change(
    { kind: "directory", path: "/new" },
    { kind: "file", path: "/new/a", content: new Uint8Array(60_000) },
    { kind: "append", path: "/new/a", content: Buffer.from("end") },
    { kind: "file", path: "/new/a", content: Buffer.from("other") },
    { kind: "symlink", path: "/new/b", target: "a" },
    { kind: "attributes", path: "/new/b", mode: 0o600, flags: 0x1 },
    { kind: "directory", path: "/new/below" },
    { kind: "file", path: "/new/below/c", content: Buffer.from("c") },
    { kind: "remove", path: "/new/below", recursive: true },
    { kind: "directory", path: "/" },
  );
  expect(textOf(fs, "/new/b")).toBe("other");
  expect(requireInode(fs, "/new/a")).toMatchObject({ mode: 0o100600, flags: 1 });
  expect(listDirectory(fs, "/new").map(({ name }) => name)).toEqual(["a", "b"]);
});

test("a plan without changes has no edits, and one with changes has each byte once", () => {
  expect(planFiles(openWith(), [], TIME)).toEqual([]);
  expect(planFiles(openWith(), [{ kind: "remove", path: "/never-there" }], TIME)).toEqual([]);
  const edits = planFiles(openWith(), [{ kind: "remove", path: "/boot", recursive: true }], TIME);
  const ends = edits.map(({ offsetBytes, bytes }) => offsetBytes + bytes.length);
  for (const [index, { offsetBytes }] of edits.entries())
    expect(offsetBytes).toBeGreaterThanOrEqual(ends[index - 1] ?? 0);
});

test("gives what a plan frees out again in the same plan", () => {
  const { freeBlocks, blockBytes } = openWith().superblock;
  const content = new Uint8Array(freeBlocks * blockBytes).fill(7);
  const big: FileChange = { kind: "file", path: "/big", content };
  expect(() => planFiles(openWith(), [big], TIME)).toThrow("the file system is full");
  const fs = change({ kind: "remove", path: "/boot", recursive: true }, big);
  expect(Buffer.compare(readFile(fs, "/big"), content)).toBe(0);
});

test("refuses what cannot fit before anything is planned, with what is missing", () => {
  const big: FileChange = { kind: "file", path: "/big", content: new Uint8Array(3_000_000) };
  expect(() => planFiles(openWith(), [big], TIME)).toThrow(
    /the file system is full: \d+ bytes are missing/,
  );
});

test("refuses to free the endless blocks of an inode whose indirect block is its own", () => {
  const fs = openWith();
  const inode = requireInode(fs, "/boot/kernel/kernel");
  const { indirect } = addressesRecord.decode(inode.bytes);
  const ring = new Uint8Array(4096);
  const view = new DataView(ring.buffer);
  for (let at = 0; at < 4096; at += 8) view.setBigInt64(at, BigInt(indirect[0]!), true);
  const bytes = inode.bytes.slice();
  inodeRecord.encodeInto(bytes, { sizeBytes: 500_000_000_000 });
  addressesRecord.encodeInto(bytes, { indirect: [indirect[0]!, indirect[0]!, indirect[0]!] });
  const damaged = openWith([
    {
      offsetBytes: fs.offsetBytes + indirect[0]! * fs.superblock.fragmentBytes,
      bytes: ring,
    },
    { offsetBytes: inodeOffsetBytes(fs, inode.number), bytes },
  ]);
  expect(() => planFiles(damaged, [{ kind: "remove", path: "/boot/kernel/kernel" }], TIME)).toThrow(
    /more blocks than there are in inode/,
  );
  expect(() => readFile(damaged, "/boot/kernel/kernel")).toThrow(
    /more than the 1073741824 that are read/,
  );
  expect(checkFileSystem(damaged).map(({ code }) => code)).toContain("block-held-twice");
});
