import { expect, test } from "vitest";
import { openFileSource } from "../../src/disk/file-source.js";
import type { FileChange } from "../../src/disk/ufs2/file-change.js";
import type { FileSystem } from "../../src/disk/ufs2/file-system.js";
import { findInode, listDirectory, readFile, requireInode } from "../../src/disk/ufs2/lookup.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import type { Superblock } from "../../src/disk/ufs2/superblock.js";
import { damageInode, damageSuperblock, openDamaged } from "./damage.js";
import { openEdited } from "./model.js";
import { unpackFixture } from "./unpack.js";

const TIME = { timeSeconds: 1_800_000_000 };
const content = Buffer.from("x");

const STATES: readonly (readonly [
  code: string,
  change: (sb: Superblock) => Partial<Superblock>,
])[] = [
  ["ufs2-unclean", () => ({ clean: 0 })],
  ["ufs2-unclean", (sb) => ({ flags: sb.flags | 0x1 })],
  ["ufs2-needs-fsck", (sb) => ({ flags: sb.flags | 0x4 })],
  ["ufs2-needs-fsck", () => ({ pendingBlocks: 3 })],
  ["ufs2-needs-fsck", () => ({ unlinkedInodes: 3 })],
  ["ufs2-gjournal", (sb) => ({ flags: sb.flags | 0x40 })],
  ["ufs2-has-snapshots", () => ({ snapshots: [44, ...new Array<number>(19).fill(0)] })],
  ["ufs2-unknown-hashes", () => ({ hashedMetadata: 0xf })],
];

test.each(STATES)("refuses to write, with %s, but reads", (code, change) => {
  using disk = openFileSource(unpackFixture("newfs-suj-gpt"));
  const base = openEdited(disk);
  const fs = openDamaged(disk, [damageSuperblock(base, change(base.superblock))]);
  expect(() => planFiles(fs, [{ kind: "remove", path: "/firstboot" }], TIME)).toThrow(
    expect.objectContaining({ code, who: "image", hint: expect.any(String) as string }) as Error,
  );
  expect(listDirectory(fs, "/").length).toBeGreaterThan(5);
});

const CHANGES: readonly (readonly [code: string, change: FileChange])[] = [
  ["guest-path-bad", { kind: "file", path: "relative", content }],
  ["guest-path-bad", { kind: "file", path: "/", content }],
  ["guest-path-bad", { kind: "file", path: "/boot/../etc/x", content }],
  ["guest-path-bad", { kind: "file", path: `/${"n".repeat(256)}`, content }],
  ["guest-path-bad", { kind: "symlink", path: "/x", target: "" }],
  ["guest-path-bad", { kind: "symlink", path: "/x", target: "t".repeat(1024) }],
  ["guest-path-not-found", { kind: "file", path: "/nowhere/x", content }],
  ["guest-path-not-found", { kind: "append", path: "/boot/nothing", content }],
  ["guest-path-not-found", { kind: "attributes", path: "/boot/nothing", mode: 0o600 }],
  ["guest-path-unfit", { kind: "file", path: "/boot/loader.conf/x", content }],
  ["guest-path-unfit", { kind: "file", path: "/boot", content }],
  ["guest-path-unfit", { kind: "symlink", path: "/boot", target: "etc" }],
  ["guest-path-unfit", { kind: "append", path: "/boot", content }],
  ["guest-path-unfit", { kind: "directory", path: "/boot/loader.conf" }],
  ["guest-path-unfit", { kind: "remove", path: "/boot" }],
];

test.each(CHANGES)("refuses with %s the change %j", (code, change) => {
  using disk = openFileSource(unpackFixture("newfs-8k-plain"));
  expect(() => planFiles(openEdited(disk), [change], TIME)).toThrow(
    expect.objectContaining({ code }) as Error,
  );
});

test("says what is not there, what is no file, and what goes in circles", () => {
  using disk = openFileSource(unpackFixture("newfs-8k-plain"));
  const base = openEdited(disk);
  expect(findInode(base, "/boot/nothing")).toBeUndefined();
  expect(findInode(base, "/boot/loader.conf/x")).toBeUndefined();
  expect(() => requireInode(base, "/boot/nothing")).toThrow(/there is no \/boot\/nothing/);
  expect(() => readFile(base, "/boot")).toThrow(/\/boot in the guest is no regular file/);
  expect(() => listDirectory(base, "/boot/loader.conf")).toThrow(/is no directory/);
  expect(() => readFile(base, "/deep/big", 1000)).toThrow(
    expect.objectContaining({ code: "guest-file-too-large" }) as Error,
  );
  const ring: readonly FileChange[] = [
    { kind: "symlink", path: "/ring", target: "/root/ring" },
    { kind: "symlink", path: "/root/ring", target: "../ring" },
  ];
  const fs = openEdited(disk, planFiles(base, ring, TIME));
  expect(() => findInode(fs, "/ring/x")).toThrow(
    expect.objectContaining({ code: "guest-path-loops" }) as Error,
  );
  expect(findInode(fs, "/ring", { followLast: false })?.links).toBe(1);
});

test("keeps flags, owner and extended attributes of a file that is replaced, and the flags do not hinder", () => {
  using disk = openFileSource(unpackFixture("newfs-suj-gpt"));
  const base = openEdited(disk);
  const flagged = withFlags(base, "/boot/loader.conf");
  const fs = openDamaged(disk, [flagged]);
  const before = requireInode(fs, "/boot/loader.conf");
  const edits = [
    flagged,
    ...planFiles(fs, [{ kind: "file", path: "/boot/loader.conf", content }], TIME),
  ];
  const after = requireInode(openEdited(disk, edits), "/boot/loader.conf");
  const kept = ({ number, flags, uid, gid, mode, attributesBytes, bornSeconds }: typeof after) => {
    return { number, flags, uid, gid, mode, attributesBytes, bornSeconds };
  };
  expect(kept(after)).toEqual(kept(before));
  expect(after.flags).toBe(0x20000);
  expect(after.modifiedSeconds).toBe(TIME.timeSeconds);
  const gone = [
    ...edits,
    ...planFiles(openEdited(disk, edits), [{ kind: "remove", path: "/boot/loader.conf" }], TIME),
  ];
  expect(findInode(openEdited(disk, gone), "/boot/loader.conf")).toBeUndefined();
});

function withFlags(fs: FileSystem, path: string) {
  return damageInode(fs, requireInode(fs, path).number, { flags: 0x20000 });
}
