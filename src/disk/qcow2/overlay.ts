/**
 * A qcow2 overlay that holds edits over a base image: planned as a few writes, without a copy of the base.
 *
 * The file, in clusters of 64 KiB (a layout of ours; the format allows any order):
 *
 *     header, backing format and name | refcount table | refcount blocks | L1 table | L2 tables | data, in the guest's order
 *
 * Its size follows the edits: each touched cluster once, plus one L2 table for each 512 MiB of the disk that has a touched
 * cluster. A cluster that is only partly edited takes the rest of its bytes from the base; one that became all zeros is
 * marked so and takes no space. Limits: version 3, 16-bit refcounts, no compression, no internal snapshots.
 */
import { isAbsolute } from "node:path";
import { LaneError } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import { createWholeFile } from "../whole-file.js";
import { editDisk, type Edit, type EditedDisk } from "../edits.js";
import {
  COPIED,
  ENTRY_BYTES,
  EXTENSION_BACKING_FORMAT,
  EXTENSION_END,
  HEADER_V3_BYTES,
  headerV3,
  MAX_BACKING_NAME_BYTES,
  QCOW2_MAGIC,
  READS_AS_ZEROS,
} from "./layout.js";

export interface Backing {
  /** Absolute, so that the overlay may lie anywhere. */
  readonly path: string;
  readonly format: "raw" | "qcow2";
}

/** An overlay's file. */
export interface Overlay {
  readonly sizeBytes: number;
  /** In ascending order, not overlapping; what lies between them is zeros. Each is made when it is asked for. */
  writes(): Iterable<Edit>;
}

const CLUSTER_BITS = 16;
const CLUSTER_BYTES = 1 << CLUSTER_BITS;
const ENTRIES_PER_TABLE = CLUSTER_BYTES / ENTRY_BYTES;
const REFCOUNT_ORDER = 4;
const REFCOUNT_BYTES = 2;
const REFCOUNTS_PER_BLOCK = CLUSTER_BYTES / REFCOUNT_BYTES;
const SECTOR_BYTES = 512;
/** As many clusters as are taken into memory at once: 4 MiB. */
const RUN_CLUSTERS = 64;

/**
 * @param path a file that does not exist yet
 * @throws LaneError `disk-full`, `write-failed` (host); nothing is left of the file then
 * @example writeOverlay("run/overlay.qcow2", encodeOverlay(base, { path: "/images/guest.raw", format: "raw" }, edits));
 */
export function writeOverlay(path: string, overlay: Overlay): void {
  using file = createWholeFile(path);
  file.setSize(overlay.sizeBytes);
  for (const { offsetBytes, bytes } of overlay.writes()) file.put(offsetBytes, bytes);
  file.keep();
}

/**
 * @param base the content of the backing file, as the guest sees it
 * @throws LaneError `overlay-backing-path` (usage), `disk-out-of-range` (image) for an edit past the end of the base
 */
export function encodeOverlay(base: ByteSource, backing: Backing, edits: readonly Edit[]): Overlay {
  checkBacking(backing);
  const edited = editDisk(base, edits);
  const touched = touchedClusters(edits);
  const zeros = new Set(touched.filter((cluster) => isZero(edited, cluster)));
  const stored = touched.filter((cluster) => !zeros.has(cluster));
  const parts = placeParts(base.sizeBytes, touched, stored.length);
  return {
    sizeBytes: parts.clusterCount * CLUSTER_BYTES,
    *writes() {
      yield { offsetBytes: 0, bytes: encodeHeader(parts, base.sizeBytes, backing) };
      yield at(parts.refcountTable, encodeRefcountTable(parts));
      yield at(parts.refcountBlocks, encodeRefcountBlocks(parts));
      yield at(parts.l1, encodeL1(parts));
      yield at(parts.l2, encodeL2(parts, stored, zeros));
      yield* dataWrites(edited, parts.data, stored);
    },
  };
}

/** Where each part begins, as a cluster number, and what it is made of. */
interface Parts {
  readonly refcountTable: number;
  readonly refcountBlocks: number;
  readonly l1: number;
  readonly l1Entries: number;
  readonly l2: number;
  /** The numbers of the L1 entries that have a table, ascending. */
  readonly l2Tables: readonly number[];
  readonly data: number;
  readonly clusterCount: number;
}

function placeParts(diskBytes: number, touched: readonly number[], storedCount: number): Parts {
  const l1Entries = Math.ceil(diskBytes / (CLUSTER_BYTES * ENTRIES_PER_TABLE));
  const l1Clusters = Math.max(1, Math.ceil(l1Entries / ENTRIES_PER_TABLE));
  const l2Tables = [...new Set(touched.map((cluster) => Math.floor(cluster / ENTRIES_PER_TABLE)))];
  const others = 1 + l1Clusters + l2Tables.length + storedCount;
  // The refcounts count their own clusters too: grow until they cover all.
  let blocks = 1;
  let tableClusters = 1;
  while (blocks * REFCOUNTS_PER_BLOCK < others + blocks + tableClusters) {
    blocks += 1;
    tableClusters = Math.ceil(blocks / ENTRIES_PER_TABLE);
  }
  const refcountTable = 1;
  const refcountBlocks = refcountTable + tableClusters;
  const l1 = refcountBlocks + blocks;
  const l2 = l1 + l1Clusters;
  const data = l2 + l2Tables.length;
  const clusterCount = data + storedCount;
  return { refcountTable, refcountBlocks, l1, l1Entries, l2, l2Tables, data, clusterCount };
}

function encodeHeader(parts: Parts, diskBytes: number, backing: Backing): Uint8Array {
  const name = Buffer.from(backing.path);
  const format = Buffer.alloc(16);
  format.writeUInt32BE(EXTENSION_BACKING_FORMAT, 0);
  format.writeUInt32BE(backing.format.length, 4);
  format.write(backing.format, 8);
  const end = Buffer.alloc(8);
  end.writeUInt32BE(EXTENSION_END, 0);
  const nameOffset = HEADER_V3_BYTES + format.length + end.length;
  const header = new Uint8Array(HEADER_V3_BYTES);
  headerV3.encodeInto(header, {
    magic: QCOW2_MAGIC,
    version: 3,
    backingNameOffset: nameOffset,
    backingNameBytes: name.length,
    clusterBits: CLUSTER_BITS,
    // A guest sees whole sectors; QEMU rounds the size of a raw base in the same way.
    sizeBytes: Math.ceil(diskBytes / SECTOR_BYTES) * SECTOR_BYTES,
    l1Entries: parts.l1Entries,
    l1Offset: parts.l1 * CLUSTER_BYTES,
    refcountTableOffset: parts.refcountTable * CLUSTER_BYTES,
    refcountTableClusters: parts.refcountBlocks - parts.refcountTable,
    refcountOrder: REFCOUNT_ORDER,
    headerBytes: HEADER_V3_BYTES,
  });
  return Buffer.concat([header, format, end, name]);
}

function encodeRefcountTable(parts: Parts): Uint8Array {
  const blocks = parts.l1 - parts.refcountBlocks;
  return entries(blocks, (index) => BigInt((parts.refcountBlocks + index) * CLUSTER_BYTES));
}

function encodeRefcountBlocks(parts: Parts): Uint8Array {
  const bytes = Buffer.alloc(parts.clusterCount * REFCOUNT_BYTES);
  for (let cluster = 0; cluster < parts.clusterCount; cluster++) {
    bytes.writeUInt16BE(1, cluster * REFCOUNT_BYTES);
  }
  return bytes;
}

function encodeL1(parts: Parts): Uint8Array {
  const tableOf = new Map(parts.l2Tables.map((l1Index, table) => [l1Index, parts.l2 + table]));
  return entries(parts.l1Entries, (index) => {
    const cluster = tableOf.get(index);
    return cluster === undefined ? 0n : BigInt(cluster * CLUSTER_BYTES) | COPIED;
  });
}

function encodeL2(parts: Parts, stored: readonly number[], zeros: ReadonlySet<number>): Uint8Array {
  const bytes = Buffer.alloc(parts.l2Tables.length * CLUSTER_BYTES);
  const tableOf = new Map(parts.l2Tables.map((l1Index, table) => [l1Index, table]));
  const put = (cluster: number, entry: bigint): void => {
    const table = tableOf.get(Math.floor(cluster / ENTRIES_PER_TABLE))!;
    const index = table * ENTRIES_PER_TABLE + (cluster % ENTRIES_PER_TABLE);
    bytes.writeBigUInt64BE(entry, index * ENTRY_BYTES);
  };
  stored.forEach((cluster, index) => {
    put(cluster, BigInt((parts.data + index) * CLUSTER_BYTES) | COPIED);
  });
  for (const cluster of zeros) put(cluster, READS_AS_ZEROS);
  return bytes;
}

function* dataWrites(disk: EditedDisk, first: number, stored: readonly number[]): Iterable<Edit> {
  for (let index = 0; index < stored.length;) {
    const cluster = stored[index]!;
    let count = 1;
    while (count < RUN_CLUSTERS && stored[index + count] === cluster + count) count += 1;
    yield at(first + index, readClusters(disk, cluster, count));
    index += count;
  }
}

/** Whole clusters of the disk; the last one of it is filled up with zeros. */
function readClusters(disk: EditedDisk, cluster: number, count: number): Uint8Array {
  const offsetBytes = cluster * CLUSTER_BYTES;
  const lengthBytes = Math.min(count * CLUSTER_BYTES, disk.sizeBytes - offsetBytes);
  const bytes = disk.view(offsetBytes, lengthBytes);
  if (lengthBytes === count * CLUSTER_BYTES) return bytes;
  const padded = new Uint8Array(count * CLUSTER_BYTES);
  padded.set(bytes);
  return padded;
}

function touchedClusters(edits: readonly Edit[]): readonly number[] {
  const touched = new Set<number>();
  for (const { offsetBytes, bytes } of edits) {
    const end = offsetBytes + bytes.length;
    const first = Math.floor(offsetBytes / CLUSTER_BYTES);
    for (let cluster = first; cluster * CLUSTER_BYTES < end; cluster++) touched.add(cluster);
  }
  return [...touched].sort((a, b) => a - b);
}

const ZEROS = Buffer.alloc(CLUSTER_BYTES);

/** Most clusters that are not zeros show it in their first sector, and are read whole only once, for the data. */
function isZero(disk: EditedDisk, cluster: number): boolean {
  const offsetBytes = cluster * CLUSTER_BYTES;
  const start = disk.view(offsetBytes, Math.min(SECTOR_BYTES, disk.sizeBytes - offsetBytes));
  return (
    ZEROS.subarray(0, start.length).equals(start) && ZEROS.equals(readClusters(disk, cluster, 1))
  );
}

function at(cluster: number, bytes: Uint8Array): Edit {
  return { offsetBytes: cluster * CLUSTER_BYTES, bytes };
}

function entries(count: number, entryOf: (index: number) => bigint): Uint8Array {
  const bytes = Buffer.alloc(count * ENTRY_BYTES);
  for (let index = 0; index < count; index++) {
    bytes.writeBigUInt64BE(entryOf(index), index * ENTRY_BYTES);
  }
  return bytes;
}

/** QEMU reads a relative name as relative to the overlay, and one with a colon before its first slash as a URL. */
function checkBacking({ path }: Backing): void {
  if (isAbsolute(path) && Buffer.byteLength(path) <= MAX_BACKING_NAME_BYTES) return;
  throw new LaneError(
    "overlay-backing-path",
    `${path}: cannot be the base of an overlay; expected an absolute path of at most ${MAX_BACKING_NAME_BYTES} bytes`,
    { facts: { path } },
  );
}
