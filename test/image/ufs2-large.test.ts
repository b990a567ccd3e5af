import { expect, test } from "vitest";
import { openFileSource } from "../../src/disk/file-source.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import { readGroup } from "../../src/disk/ufs2/cylinder-group.js";
import type { FileSystem } from "../../src/disk/ufs2/file-system.js";
import type { FileChange } from "../../src/disk/ufs2/file-change.js";
import { listDirectory, readFile, requireInode } from "../../src/disk/ufs2/lookup.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import { openEdited } from "./model.js";
import { applyEdits, grubComplaint, makefsImage, patternBytes } from "./tools.js";
import { unpackFixture } from "./unpack.js";

const TIME = { timeSeconds: 1_800_000_000 };

test("files about each border of direct, single and double indirect blocks are right to a foreign reader", () => {
  const image = makefsImage({ blockBytes: 4096, fragmentBytes: 512, size: "96m" });
  using disk = openFileSource(image);
  const borders = [12, 13, 12 + 512, 12 + 512 + 1, 12 + 512 + 512, 12 + 512 + 3 * 512 + 7];
  const files = new Map<string, Uint8Array>();
  for (const [index, blocks] of borders.entries()) {
    for (const offset of [-1, 0, 1, 513]) {
      files.set(
        `/deep/${blocks}-${offset}`,
        patternBytes(blocks * 4096 + offset, index * 10 + offset + 1),
      );
    }
  }
  const changes = [...files].map(([path, content]): FileChange => ({
    kind: "file",
    path,
    content,
  }));
  const edits = planFiles(openEdited(disk), changes, TIME);
  const fs = openEdited(disk, edits);
  expect(checkFileSystem(fs)).toEqual([]);
  for (const [path, content] of files) expect(Buffer.compare(readFile(fs, path), content)).toBe(0);
  expect(grubComplaint(applyEdits(image, edits), "(loop0)", files)).toBe("");
});

test("a directory grows over fragments, blocks and into an indirect block, and shrinks to nothing", () => {
  const image = makefsImage({ blockBytes: 4096, fragmentBytes: 512, freeFiles: 1500 });
  using disk = openFileSource(image);
  const paths = Array.from(
    { length: 1000 },
    (_, index) => `/etc/${index}-${"long-name-".repeat(6)}`,
  );
  let edits = planFiles(openEdited(disk), [], TIME);
  expect(edits).toEqual([]);
  for (let start = 0; start < paths.length; start += 250) {
    const changes = paths.slice(start, start + 250).map((path): FileChange => {
      return { kind: "file", path, content: Buffer.from(path) };
    });
    edits = [...edits, ...planFiles(openEdited(disk, edits), changes, TIME)];
    expect(checkFileSystem(openEdited(disk, edits))).toEqual([]);
  }
  const grown = openEdited(disk, edits);
  expect(listDirectory(grown, "/etc")).toHaveLength(1002);
  expect(requireInode(grown, "/etc").sizeBytes).toBeGreaterThan(13 * 4096);
  const files = new Map(paths.map((path) => [path, new Uint8Array(Buffer.from(path))]));
  expect(grubComplaint(applyEdits(image, edits), "(loop0)", files)).toBe("");
  const removals = paths.map((path): FileChange => ({ kind: "remove", path }));
  edits = [...edits, ...planFiles(grown, removals, TIME)];
  expect(checkFileSystem(openEdited(disk, edits))).toEqual([]);
  expect(listDirectory(openEdited(disk, edits), "/etc")).toHaveLength(2);
});

test("inodes that newfs never initialised are initialised before they are used", () => {
  using disk = openFileSource(unpackFixture("newfs-suj-gpt"));
  const changes = Array.from({ length: 700 }, (_, index): FileChange => {
    return { kind: "file", path: `/root/${index}`, content: new Uint8Array(0) };
  });
  const initialised = (fs: FileSystem) => {
    const groups = Array.from({ length: fs.superblock.groupCount }, (_, group) =>
      readGroup(fs, group),
    );
    return groups.reduce((sum, { fields }) => sum + fields.initialisedInodes, 0);
  };
  const before = openEdited(disk);
  const after = openEdited(disk, planFiles(before, changes, TIME));
  expect(initialised(after) - initialised(before)).toBeGreaterThan(256);
  expect(checkFileSystem(after)).toEqual([]);
});

test("a file system is filled to its last fragment, and what does not fit is refused with what is missing", () => {
  const image = makefsImage({ blockBytes: 8192, fragmentBytes: 1024, size: "12m" });
  using disk = openFileSource(image);
  const base = openEdited(disk);
  const { freeBlocks, freeFragments } = base.superblock;
  const freeBytes = (freeBlocks * 8 + freeFragments) * 1024;
  const tooLarge: FileChange = {
    kind: "file",
    path: "/etc/big",
    content: new Uint8Array(freeBytes + 100 * 1024),
  };
  expect(() => planFiles(base, [tooLarge], TIME)).toThrow(
    expect.objectContaining({
      code: "filesystem-full",
      message: expect.stringMatching(/\d{6} bytes are missing/) as string,
    }) as Error,
  );
  const blocks = freeBlocks - 2; // one for the file's indirect block, one to be cut into fragments
  const whole: FileChange = {
    kind: "file",
    path: "/etc/big",
    content: patternBytes(blocks * 8192, 1),
  };
  let edits = planFiles(base, [whole], TIME);
  for (let count = 0; ; count++) {
    const fs = openEdited(disk, edits);
    expect(checkFileSystem(fs)).toEqual([]);
    if (fs.superblock.freeBlocks * 8 + fs.superblock.freeFragments === 0) break;
    expect(count).toBeLessThan(30);
    const crumb: FileChange = {
      kind: "file",
      path: `/etc/crumb-${count}`,
      content: Buffer.from("crumb"),
    };
    edits = [...edits, ...planFiles(fs, [crumb], TIME)];
  }
  const one: FileChange = { kind: "file", path: "/etc/one", content: Buffer.from("x") };
  expect(() => planFiles(openEdited(disk, edits), [one], TIME)).toThrow(
    /full: 1024 bytes are missing/,
  );
});

test("the same plan is the same bytes", () => {
  using disk = openFileSource(unpackFixture("newfs-suj-gpt"));
  const change: FileChange = { kind: "file", path: "/root/x", content: Buffer.from("x") };
  const plan = () => planFiles(openEdited(disk), [change], TIME);
  expect(plan()).toEqual(plan());
});
