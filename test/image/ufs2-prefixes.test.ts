import { expect, test } from "vitest";
import { openFileSource } from "../../src/disk/file-source.js";
import type { FileChange } from "../../src/disk/ufs2/file-change.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import {
  changeModel,
  copyOf,
  filesOf,
  modelOf,
  openEdited,
  summaryOf,
  type Model,
} from "./model.js";
import { applyEdits, grubComplaint, makefsImage, patternBytes } from "./tools.js";
import { unpackFixture } from "./unpack.js";

/** Everything that a plan can do: new, larger, smaller, longer, shorter, broken links, removed trees, many names. */
const CHANGES: readonly FileChange[] = [
  { kind: "directory", path: "/boot/slot" },
  { kind: "file", path: "/boot/slot/kernel", content: patternBytes(2_500_001, 5), mode: 0o555 },
  { kind: "file", path: "/boot/loader.conf", content: patternBytes(90_000, 6) },
  { kind: "file", path: "/boot/kernel/kernel", content: patternBytes(700, 7) },
  { kind: "append", path: "/etc/rc.d/local", content: Buffer.from("echo more\n") },
  { kind: "file", path: "/root/rc.conf.hard", content: Buffer.from("a file of its own now\n") },
  { kind: "symlink", path: "/boot/slot/link", target: "kernel" },
  { kind: "attributes", path: "/etc/rc.conf", mode: 0o600 },
  { kind: "remove", path: "/firstboot" },
  { kind: "remove", path: "/deep", recursive: true },
  ...Array.from({ length: 150 }, (_, index): FileChange => {
    return {
      kind: "file",
      path: `/many/${"n".repeat(40)}${index}`,
      content: Buffer.from(`${index}`),
    };
  }),
];

const IMAGES = [
  ["newfs, soft updates and journal", () => unpackFixture("newfs-suj-gpt"), "(loop0,gpt3)"],
  ["newfs, plain", () => unpackFixture("newfs-8k-plain"), "(loop0)"],
  ["makefs", () => makefsImage({ blockBytes: 16384, fragmentBytes: 2048 }), "(loop0)"],
] as const;

test.each(IMAGES)(
  "%s: every prefix of the edits leaves every file as it was or as it will be",
  (...image) => {
    const [, path, device] = image;
    const imagePath = path();
    using disk = openFileSource(imagePath);
    const before = modelOf(openEdited(disk));
    const after = copyOf(before);
    for (const change of CHANGES) changeModel(after, change);
    const edits = planFiles(openEdited(disk), CHANGES, { timeSeconds: 1_800_000_000 });
    const [linesBefore, linesAfter] = [new Set(summaryOf(before)), new Set(summaryOf(after))];
    const untouched = summaryOf(before).filter((line) => linesAfter.has(line));
    expect(untouched.length).toBeGreaterThan(100);

    for (const length of sampledLengths(edits.length)) {
      const fs = openEdited(disk, edits.slice(0, length));
      const lines = summaryOf(modelOf(fs));
      expect(lines.filter((line) => !linesBefore.has(line) && !linesAfter.has(line))).toEqual([]);
      const there = new Set(lines);
      expect(untouched.filter((line) => !there.has(line))).toEqual([]);
      // Whoever finds the list cut short is told so: until the last edit the file system is not clean.
      expect(fs.superblock.clean).toBe(length === 0 || length === edits.length ? 1 : 0);
    }
    const half = applyEdits(imagePath, edits.slice(0, Math.floor(edits.length * 0.7)));
    expect(grubComplaint(half, device, filesOf(only(before, untouched)))).toBe("");
    expect(checkFileSystem(openEdited(disk, edits))).toEqual([]);
  },
);

/** The first, the last, and a spread of those between: reading a whole image for each of hundreds takes too long. */
function sampledLengths(count: number): readonly number[] {
  const steps = Math.max(1, Math.floor(count / 24));
  const spread = Array.from({ length: count + 1 }, (_, length) => length).filter(
    (length) => length % steps === 0,
  );
  return [...new Set([...spread, 1, 2, count - 1, count])];
}

function only(model: Model, lines: readonly string[]): Model {
  const paths = new Set(lines.map((line) => line.split(" ", 1)[0]!));
  return new Map([...model].filter(([path]) => paths.has(path)));
}
