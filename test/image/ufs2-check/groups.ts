/**
 * The fifth pass: the maps of every group against what is really used, and everything that is counted.
 */
import { expectEqual, found, type CheckState } from "./check.js";
import { guarded } from "./inodes.js";
import {
  fragmentsInGroup,
  hashOfGroup,
  readGroup,
  type CylinderGroup,
} from "../../../src/disk/ufs2/cylinder-group.js";
import { readFragments } from "../../../src/disk/ufs2/file-system.js";
import { countFree, hasBit, setBit } from "../../../src/disk/ufs2/free-space.js";
import { ROOT_INODE, typeOfMode } from "../../../src/disk/ufs2/inode.js";

const COUNTS = ["directories", "freeBlocks", "freeInodes", "freeFragments"] as const;

type Counts = Record<(typeof COUNTS)[number], number>;

export function checkGroups(state: CheckState): void {
  const { groupCount } = state.fs.superblock;
  const totals: Counts = { directories: 0, freeBlocks: 0, freeInodes: 0, freeFragments: 0 };
  for (let index = 0; index < groupCount; index++) {
    const counts = expectedCounts(state, index);
    for (const key of COUNTS) totals[key] += counts[key];
    guarded(state, () => checkGroup(state, readGroup(state.fs, index), counts));
    checkSummary(state, index, counts);
  }
  for (const key of COUNTS)
    expectEqual(state, "totals", `total of ${key}`, state.fs.superblock[key], totals[key]);
}

/** The fragment map as it has to be: a set bit is free. */
function expectedMap(state: CheckState, index: number): Uint8Array {
  const { fragmentsPerGroup } = state.fs.superblock;
  const map = new Uint8Array(Math.ceil(fragmentsPerGroup / 8));
  for (let fragment = 0; fragment < fragmentsInGroup(state.fs, index); fragment++) {
    if (!hasBit(state.used, index * fragmentsPerGroup + fragment)) setBit(map, fragment);
  }
  return map;
}

function expectedCounts(state: CheckState, index: number): Counts {
  const { inodesPerGroup } = state.fs.superblock;
  const { freeBlocks, freeFragments } = countFree(
    state.fs,
    expectedMap(state, index),
    fragmentsInGroup(state.fs, index),
  );
  let directories = 0;
  let freeInodes = inodesPerGroup - (index === 0 ? ROOT_INODE : 0);
  for (let number = index * inodesPerGroup; number < (index + 1) * inodesPerGroup; number++) {
    const inode = state.inodes.get(number);
    if (inode === undefined) continue;
    freeInodes -= 1;
    if (typeOfMode(inode.mode) === "directory") directories += 1;
  }
  return { directories, freeBlocks, freeInodes, freeFragments };
}

function checkGroup(state: CheckState, group: CylinderGroup, counts: Counts): void {
  const { fs } = state;
  const { index, fields, bytes } = group;
  const { inodesPerGroup, inodesPerBlock, fragmentsPerBlock, longestCluster } = fs.superblock;
  const name = `group ${index}`;
  if (fs.hashes.groups) {
    expectEqual(state, "group-hash", `check-hash of ${name}`, fields.checkHash, hashOfGroup(bytes));
  }
  for (const key of COUNTS)
    expectEqual(state, "group-count", `${key} of ${name}`, fields[key], counts[key]);
  const fragments = fragmentsInGroup(fs, index);
  expectEqual(state, "group-shape", `fragments of ${name}`, fields.fragments, fragments);
  expectEqual(state, "group-shape", `inodes of ${name}`, fields.inodes, inodesPerGroup);
  expectEqual(state, "group-shape", `unlinked inodes of ${name}`, fields.unlinkedInodes, 0);
  const { initialisedInodes, blockRotor, fragmentRotor, inodeRotor } = fields;
  if (initialisedInodes > inodesPerGroup || initialisedInodes % inodesPerBlock !== 0) {
    found(state, "group-shape", `${name} has ${initialisedInodes} initialised inodes`);
  }
  if (blockRotor >= fragments || fragmentRotor >= fragments || inodeRotor >= inodesPerGroup) {
    found(state, "group-shape", `${name} has a search position outside itself`);
  }
  checkInodeMap(state, group);
  const map = expectedMap(state, index);
  compareMaps(state, "fragment-map", `free fragments of ${name}`, group.fragmentMap, map);
  const space = countFree(fs, map, fragments);
  const runs = fields.fragmentRuns.join(" ");
  expectEqual(
    state,
    "fragment-runs",
    `runs of free fragments in ${name}`,
    runs,
    space.fragmentRuns.join(" "),
  );
  if (longestCluster === 0) return;
  expectEqual(
    state,
    "group-shape",
    `blocks of ${name}`,
    fields.clusterBlocks,
    Math.floor(fragments / fragmentsPerBlock),
  );
  const clusters = bytes.subarray(
    fields.clusterMapAt,
    fields.clusterMapAt + space.clusterMap.length,
  );
  compareMaps(state, "cluster-map", `free blocks of ${name}`, clusters, space.clusterMap);
  const view = new DataView(bytes.buffer, bytes.byteOffset + fields.clusterCountsAt);
  for (let length = 1; length <= longestCluster; length++) {
    const seen = view.getUint32(4 * length, true);
    expectEqual(
      state,
      "cluster-counts",
      `clusters of ${length} in ${name}`,
      seen,
      space.clusterCounts[length],
    );
  }
}

function checkInodeMap(state: CheckState, { index, inodeMap }: CylinderGroup): void {
  const { inodesPerGroup } = state.fs.superblock;
  const map = new Uint8Array(inodeMap.length);
  for (let number = 0; number < inodesPerGroup; number++) {
    const inode = index * inodesPerGroup + number;
    if (inode < ROOT_INODE || state.inodes.has(inode)) setBit(map, number);
  }
  compareMaps(state, "inode-map", `used inodes of group ${index}`, inodeMap, map);
}

function compareMaps(
  state: CheckState,
  code: string,
  what: string,
  seen: Uint8Array,
  expected: Uint8Array,
): void {
  const at = seen.findIndex((byte, position) => byte !== expected[position]);
  if (at < 0) return;
  const [found8, expected8] = [seen[at]!, expected[at]!].map((byte) =>
    byte.toString(2).padStart(8, "0"),
  );
  found(state, code, `${what}, bits from ${at * 8}: found ${found8!}, expected ${expected8!}`);
}

function checkSummary(state: CheckState, index: number, counts: Counts): void {
  const { summaryFragment } = state.fs.superblock;
  const bytes = readFragments(state.fs, summaryFragment, (index + 1) * 16);
  const view = new DataView(bytes.buffer);
  for (const [place, key] of COUNTS.entries()) {
    const seen = view.getInt32(index * 16 + place * 4, true);
    expectEqual(
      state,
      "summary",
      `${key} of group ${index} in the summary area`,
      seen,
      counts[key],
    );
  }
}
