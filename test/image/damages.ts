/**
 * One damage for each thing that the checker looks at, with the code of the finding that it has to lead to.
 */
import type { Edit } from "../../src/disk/edits.js";
import type { groupRecord } from "../../src/disk/ufs2/cylinder-group.js";
import { rawEntries, readDirectoryContent } from "../../src/disk/ufs2/directory.js";
import type { FileSystem } from "../../src/disk/ufs2/file-system.js";
import { addressesRecord } from "../../src/disk/ufs2/inode.js";
import { requireInode } from "../../src/disk/ufs2/lookup.js";
import { damageContent, damageGroup, damageInode, damageSuperblock } from "./damage.js";

type Damage = (fs: FileSystem) => readonly Edit[];

export const numberOf = (fs: FileSystem, path: string) => requireInode(fs, path).number;
const addressesAt = (fs: FileSystem, path: string) =>
  addressesRecord.decode(requireInode(fs, path).bytes);

/** Where the entry of a name is in its directory. */
function entryAt(fs: FileSystem, directory: string, name: string): number {
  const content = readDirectoryContent(fs, requireInode(fs, directory));
  return [...rawEntries(fs, content)].find((entry) => Buffer.from(entry.name).toString() === name)!
    .atBytes;
}

export const patchEntry = (
  fs: FileSystem,
  directory: string,
  name: string,
  offset: number,
  bytes: number[],
) =>
  damageContent(
    fs,
    numberOf(fs, directory),
    entryAt(fs, directory, name) + offset,
    Uint8Array.from(bytes),
  );

/** What the checker must say, by the code of its finding, of each single thing that is made wrong. */
export const DAMAGES: readonly (readonly [code: string, what: string, damage: Damage])[] = [
  ["superblock-state", "a clear clean flag", (fs) => [damageSuperblock(fs, { clean: 0 })]],
  [
    "superblock-state",
    "the flag that asks for fsck",
    (fs) => [damageSuperblock(fs, { flags: fs.superblock.flags | 4 })],
  ],
  [
    "superblock-state",
    "blocks still to be freed",
    (fs) => [damageSuperblock(fs, { pendingBlocks: 8 })],
  ],
  [
    "superblock-state",
    "inodes still to be freed",
    (fs) => [damageSuperblock(fs, { pendingInodes: 1 })],
  ],
  ["superblock-state", "an unlinked inode", (fs) => [damageSuperblock(fs, { unlinkedInodes: 7 })]],
  [
    "totals",
    "a wrong total",
    (fs) => [damageSuperblock(fs, { freeBlocks: fs.superblock.freeBlocks - 1 })],
  ],
  ["totals", "a wrong number of directories", (fs) => [damageSuperblock(fs, { directories: 3 })]],
  [
    "inode-hash",
    "a wrong hash of an inode",
    (fs) => [damageInode(fs, numberOf(fs, "/firstboot"), { checkHash: 1 })],
  ],
  [
    "inode-type",
    "a type that is none",
    (fs) => [damageInode(fs, numberOf(fs, "/firstboot"), { mode: 0o150644 })],
  ],
  [
    "inode-blocks",
    "a wrong count of sectors",
    (fs) => [damageInode(fs, numberOf(fs, "/firstboot"), { sectorsHeld: 8 })],
  ],
  [
    "inode-hole-at-end",
    "a size past the last block",
    (fs) => [damageInode(fs, numberOf(fs, "/firstboot"), { sizeBytes: 5 })],
  ],
  [
    "inode-size",
    "a directory of half a piece",
    (fs) => [damageInode(fs, numberOf(fs, "/root"), { sizeBytes: 256 })],
  ],
  ["inode-partly-free", "a free inode with blocks", freeWithBlocks],
  [
    "block-out-of-range",
    "an address past the end",
    (fs) => [withBlock(fs, "/boot/loader.conf", fs.superblock.sizeFragments)],
  ],
  ["block-out-of-range", "a negative address", (fs) => [withBlock(fs, "/boot/loader.conf", -1)]],
  [
    "block-held-twice",
    "a block of two files",
    (fs) => [withBlock(fs, "/boot/loader.conf", addressesAt(fs, "/deep/big").direct[0]!)],
  ],
  [
    "block-held-twice",
    "a block among the inodes",
    (fs) => [withBlock(fs, "/boot/loader.conf", fs.superblock.inodesFragment)],
  ],
  ["block-held-twice", "an indirect block that is its own", ownIndirect],
  [
    "block-misplaced",
    "a block that starts within another",
    (fs) => [withBlock(fs, "/deep/big", addressesAt(fs, "/deep/big").direct[0]! + 1)],
  ],
  ["block-beyond-end", "an address past the end of a file", beyondEnd],
  ["block-beyond-end", "an address past the end in an indirect block", beyondEndIndirectly],
  [
    "link-count",
    "a wrong number of links",
    (fs) => [damageInode(fs, numberOf(fs, "/firstboot"), { links: 2 })],
  ],
  [
    "unreferenced",
    "a file without a name",
    (fs) => [patchEntry(fs, "/", "firstboot", 0, [0, 0, 0, 0])],
  ],
  [
    "name-of-nothing",
    "a name for a free inode",
    (fs) => [patchEntry(fs, "/", "firstboot", 0, lastInode(fs))],
  ],
  ["entry-type", "a wrong type in an entry", (fs) => [patchEntry(fs, "/", "firstboot", 6, [4])]],
  [
    "name-twice",
    "a name that is there twice",
    (fs) => [
      patchEntry(
        fs,
        "/many",
        "a-rather-long-file-name-to-fill-directory-blocks-1.txt",
        8 + 49,
        [0x30],
      ),
    ],
  ],
  ["name", "a slash in a name", (fs) => [patchEntry(fs, "/", "firstboot", 10, [0x2f])]],
  ["name", "a name without an end", (fs) => [patchEntry(fs, "/", "firstboot", 8 + 9, [0x41])]],
  ["dots", "a wrong .", (fs) => [patchEntry(fs, "/root", ".", 0, [2, 0, 0, 0])]],
  ["dots", "a wrong ..", (fs) => [patchEntry(fs, "/deep/a/b", "..", 0, [2, 0, 0, 0])]],
  ["dots", "a missing ..", (fs) => [patchEntry(fs, "/root", "..", 9, [0x78])]],
  ["directory-twice", "a directory with two names", directoryTwice],
  ["depth", "a wrong depth", (fs) => [damageInode(fs, numberOf(fs, "/deep/a"), { depth: 9 })]],
  ["unreadable", "an entry of no length", (fs) => [patchEntry(fs, "/root", "..", 4, [0, 0])]],
  ["unreadable", "an entry past its piece", (fs) => [patchEntry(fs, "/root", "..", 4, [0, 4])]],
  ["root", "a root that is a file", (fs) => [damageInode(fs, 2, { mode: 0o100755 })]],
  ["unreadable", "a group without its magic", (fs) => [damageGroup(fs, 1, { magic: 0 })]],
  ["group-hash", "a wrong hash of a group", (fs) => [damageGroup(fs, 1, { checkHash: 1 })]],
  ["group-count", "a wrong count of a group", (fs) => [damageGroup(fs, 1, { freeInodes: 1 })]],
  ["group-shape", "a wrong size of a group", (fs) => [damageGroup(fs, 1, { fragments: 64 })]],
  ["group-shape", "a wrong number of inodes", (fs) => [damageGroup(fs, 1, { inodes: 64 })]],
  [
    "group-shape",
    "a search position outside",
    (fs) => [damageGroup(fs, 1, { blockRotor: 1_000_000 })],
  ],
  ["group-shape", "unlinked inodes", (fs) => [damageGroup(fs, 1, { unlinkedInodes: 1 })]],
  [
    "group-shape",
    "an odd number of initialised inodes",
    (fs) => [damageGroup(fs, 0, { initialisedInodes: 77 })],
  ],
  [
    "inode-map",
    "a used inode that is marked free",
    (fs) => [flip(fs, (fields) => fields.inodeMapAt, 0x04)],
  ],
  [
    "inode-map",
    "a reserved inode that is marked free",
    (fs) => [flip(fs, (fields) => fields.inodeMapAt, 0x01)],
  ],
  [
    "fragment-map",
    "a used fragment that is marked free",
    (fs) => [flip(fs, (fields) => fields.fragmentMapAt, 0x01)],
  ],
  [
    "fragment-runs",
    "a wrong count of runs",
    (fs) => [damageGroup(fs, 0, { fragmentRuns: [0, 9, 9, 9, 0, 0, 0, 0] })],
  ],
  [
    "cluster-map",
    "a wrong bit in the map of free blocks",
    (fs) => [flip(fs, (fields) => fields.clusterMapAt, 0x01)],
  ],
  [
    "cluster-counts",
    "a wrong count of clusters",
    (fs) => [flip(fs, (fields) => fields.clusterCountsAt + 8, 0x01)],
  ],
  ["summary", "a wrong summary of a group", wrongSummary],
];

function withBlock(fs: FileSystem, path: string, address: number): Edit {
  const { direct } = addressesAt(fs, path);
  return damageInode(fs, numberOf(fs, path), { direct: [address, ...direct.slice(1)] });
}

function freeWithBlocks(fs: FileSystem): readonly Edit[] {
  return [damageInode(fs, numberOf(fs, "/boot/loader.conf"), { mode: 0 })];
}

function ownIndirect(fs: FileSystem): readonly Edit[] {
  const { indirect } = addressesAt(fs, "/deep/big");
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(indirect[0]!), true);
  return [
    {
      offsetBytes: fs.offsetBytes + indirect[0]! * fs.superblock.fragmentBytes,
      bytes,
    },
  ];
}

function beyondEnd(fs: FileSystem): readonly Edit[] {
  const { direct } = addressesAt(fs, "/boot/loader.conf");
  return [
    damageInode(fs, numberOf(fs, "/boot/loader.conf"), { direct: [...direct.slice(0, 11), 8000] }),
  ];
}

function beyondEndIndirectly(fs: FileSystem): readonly Edit[] {
  const { indirect } = addressesAt(fs, "/boot/kernel/kernel");
  const last = fs.superblock.blockBytes - 8;
  return [
    {
      offsetBytes: fs.offsetBytes + indirect[0]! * fs.superblock.fragmentBytes + last,
      bytes: Uint8Array.of(9),
    },
  ];
}

function lastInode(fs: FileSystem): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(fs.superblock.groupCount * fs.superblock.inodesPerGroup - 1);
  return [...bytes];
}

function directoryTwice(fs: FileSystem): readonly Edit[] {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(numberOf(fs, "/root"));
  return [
    patchEntry(fs, "/", "firstboot", 0, [...number]),
    patchEntry(fs, "/", "firstboot", 6, [4]),
  ];
}

function flip(
  fs: FileSystem,
  where: (fields: ReturnType<typeof groupRecord.decode>) => number,
  bits: number,
): Edit {
  return damageGroup(fs, 0, {}, (bytes, fields) => {
    bytes[where(fields)]! ^= bits;
  });
}

function wrongSummary(fs: FileSystem): readonly Edit[] {
  const { summaryFragment, fragmentBytes } = fs.superblock;
  return [
    {
      offsetBytes: fs.offsetBytes + summaryFragment * fragmentBytes + 4,
      bytes: Uint8Array.of(1, 2),
    },
  ];
}
