import fc from "fast-check";
import { expect, test } from "vitest";
import { LaneError } from "../../src/base/errors.js";
import { openFileSource } from "../../src/disk/file-source.js";
import { editDisk, type Edit } from "../../src/disk/edits.js";
import { findRoots } from "../../src/disk/disk-root.js";
import { addressesOf } from "../../src/disk/ufs2/blocks.js";
import { checkFileSystem } from "./ufs2-check/check.js";
import { groupFragment } from "../../src/disk/ufs2/cylinder-group.js";
import { openFileSystem, type FileSystem } from "../../src/disk/ufs2/file-system.js";
import {
  hashOfInode,
  INODE_BYTES,
  inodeOffsetBytes,
  inodeRecord,
  typeOfMode,
} from "../../src/disk/ufs2/inode.js";
import { planFiles } from "../../src/disk/ufs2/plan.js";
import { readChunks, readLink } from "../../src/disk/ufs2/content.js";
import { walk } from "../../src/disk/ufs2/walk.js";
import { damageSuperblock } from "./damage.js";
import { openEdited } from "./model.js";
import { makefsImage } from "./tools.js";
import { unpackFixture } from "./unpack.js";

const READ_LIMIT_BYTES = 16 * 1024 * 1024;

/** The places where damage does most: superblock, groups, summary, inodes in use, directories, indirect blocks. */
function targetsOf(
  fs: FileSystem,
): readonly { readonly offsetBytes: number; readonly lengthBytes: number }[] {
  const { fragmentBytes, blockBytes, groupCount, groupBytes, summaryFragment, summaryBytes } =
    fs.superblock;
  const at = (fragment: number) => fs.offsetBytes + fragment * fragmentBytes;
  const targets = [
    { offsetBytes: fs.offsetBytes + fs.superblockAtBytes, lengthBytes: 1376 },
    { offsetBytes: at(summaryFragment), lengthBytes: summaryBytes },
    ...Array.from({ length: groupCount }, (_, group) => ({
      offsetBytes: at(groupFragment(fs, group)),
      lengthBytes: groupBytes,
    })),
  ];
  for (const { path, inode } of walk(fs)) {
    targets.push({ offsetBytes: inodeOffsetBytes(fs, inode.number), lengthBytes: INODE_BYTES });
    if (path.startsWith("/many/")) continue;
    const { direct, indirect } = addressesOf(fs, inode);
    if (typeOfMode(inode.mode) === "directory")
      targets.push({ offsetBytes: at(direct[0]!), lengthBytes: 512 });
    const tables =
      typeOfMode(inode.mode) === "file" ? indirect.filter((address) => address !== 0) : [];
    targets.push(
      ...tables.map((table) => ({
        offsetBytes: at(table),
        lengthBytes: Math.min(blockBytes, 128),
      })),
    );
  }
  return targets;
}

/** Bytes that hurt: small numbers, all ones, the sign bit, and anything. */
const anyBytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc
    .constantFrom(
      ...[
        [0],
        [0xff],
        [0xff, 0xff, 0xff, 0xff],
        [0, 0, 0, 0x80],
        [1, 0, 0, 0],
        [2],
        [4, 0],
        [0, 0, 0, 0, 0, 0, 1],
      ],
    )
    .map((bytes) => Uint8Array.from(bytes)),
);

const anyDamage = fc.array(fc.record({ target: fc.nat(), at: fc.nat(), bytes: anyBytes }), {
  minLength: 1,
  maxLength: 6,
});

const IMAGES = [
  ["newfs with check-hashes made right again", () => unpackFixture("newfs-8k-plain")],
  [
    "makefs without check-hashes",
    () => makefsImage({ blockBytes: 8192, fragmentBytes: 1024, size: "16m" }),
  ],
] as const;

test.each(IMAGES)("%s: any damage ends in an answer or a LaneError, soon", (_, path) => {
  using disk = openFileSource(path());
  const base = openEdited(disk);
  const targets = targetsOf(base);
  let refusals = 0;
  fc.assert(
    fc.property(anyDamage, (damage) => {
      const edits: Edit[] = damage.map(({ target, at, bytes }) => {
        const { offsetBytes, lengthBytes } = targets[target % targets.length]!;
        return { offsetBytes: offsetBytes + (at % (lengthBytes - 8)), bytes };
      });
      const damaged = editDisk(disk, [
        ...edits,
        ...rightHashes(base, editDisk(disk, edits), edits),
      ]);
      const looks: readonly ((fs: FileSystem) => void)[] = [
        readEverything,
        plansSomething,
        (fs) => void checkFileSystem(fs),
      ];
      for (const look of looks) {
        try {
          look(openFileSystem(damaged, findRoots(damaged)[0]));
        } catch (error) {
          expect(error).toBeInstanceOf(LaneError);
          refusals += 1;
        }
      }
    }),
    { numRuns: 100, seed: 7 },
  );
  expect(refusals).toBeGreaterThan(20);
});

/** Without this, the hashes would stop nearly all damage at the door. */
function rightHashes(
  base: FileSystem,
  damaged: ReturnType<typeof editDisk>,
  edits: readonly Edit[],
): readonly Edit[] {
  if (!base.hashes.inodes) return [];
  const superblockBytes = damaged.read(base.offsetBytes + base.superblockAtBytes, 8192);
  const hashedBytes = new DataView(superblockBytes.buffer).getInt32(104, true);
  const rights: Edit[] = [];
  if (hashedBytes === base.superblock.hashedBytes)
    rights.push(damageSuperblock({ ...base, superblockBytes }, {}));
  for (const { offsetBytes } of edits) {
    const first = inodeOffsetBytes(base, 0);
    const at = first + Math.floor((offsetBytes - first) / INODE_BYTES) * INODE_BYTES;
    const bytes = damaged.read(at, INODE_BYTES);
    if (inodeRecord.fields.mode.get(new DataView(bytes.buffer)) === 0 || !isInode(base, at))
      continue;
    inodeRecord.encodeInto(bytes, { checkHash: hashOfInode(bytes) });
    rights.push({ offsetBytes: at, bytes });
  }
  return rights;
}

function isInode(fs: FileSystem, offsetBytes: number): boolean {
  const { fragmentBytes, fragmentsPerGroup, inodesFragment, dataFragment } = fs.superblock;
  const inGroup = ((offsetBytes - fs.offsetBytes) / fragmentBytes) % fragmentsPerGroup;
  return inGroup >= inodesFragment && inGroup < dataFragment;
}

function readEverything(fs: FileSystem): void {
  for (const { inode } of walk(fs)) {
    const type = typeOfMode(inode.mode);
    if (type === "symlink") readLink(fs, inode);
    if (type !== "file") continue;
    for (const chunk of readChunks(fs, inode, READ_LIMIT_BYTES))
      expect(chunk.length).toBeLessThanOrEqual(65536);
  }
}

function plansSomething(fs: FileSystem): void {
  planFiles(
    fs,
    [
      { kind: "directory", path: "/boot/slot" },
      { kind: "file", path: "/boot/slot/kernel", content: new Uint8Array(300_000) },
      { kind: "file", path: "/boot/loader.conf", content: Buffer.from("x") },
      { kind: "append", path: "/etc/rc.conf", content: Buffer.from("x") },
      { kind: "remove", path: "/deep", recursive: true },
    ],
    { timeSeconds: 1_800_000_000 },
  );
}
