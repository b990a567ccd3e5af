/**
 * The disk that a guest sees in a qcow2 image, read through its tables; what is not allocated comes from the backing disk.
 */
import { inflateRawSync } from "node:zlib";
import { messageOf } from "../../base/errors.js";
import { checkRange, type ByteSource } from "../../binary/byte-source.js";
import { damaged, type Qcow2Header } from "./header.js";
import { COMPRESSED, ENTRY_BYTES, OFFSET_MASK, READS_AS_ZEROS } from "./layout.js";

/** L2 tables kept in memory: 64 of the usual 64 KiB map 32 GiB. */
const KEPT_TABLE_BYTES = 4 * 1024 * 1024;
const SECTOR_BYTES = 512;

/**
 * @param backing the disk that the header's `backing` names, `undefined` if it names none
 * @throws LaneError `qcow2-damaged` (image), also from `read`
 * @example
 * const file = openFileSource("overlay.qcow2");
 * qcow2Disk(file, readQcow2Header(file), openFileSource("guest.raw")).read(0, 512);
 */
export function qcow2Disk(
  file: ByteSource,
  header: Qcow2Header,
  backing: ByteSource | undefined,
): ByteSource {
  const { clusterBytes } = header;
  const self = { name: file.name, sizeBytes: header.sizeBytes };
  const entryOf = tableWalk(file, header);
  const inflated = lastOf((entry: bigint) => inflateCluster(file, header, entry));

  const fill = (target: Uint8Array, cluster: number, from: number): void => {
    const entry = entryOf(cluster);
    if ((entry & COMPRESSED) !== 0n) {
      target.set(inflated(entry).subarray(from, from + target.length));
      return;
    }
    if ((entry & READS_AS_ZEROS) !== 0n) return;
    const offsetBytes = clusterOffset(file, header, entry);
    if (offsetBytes === 0) fillFrom(backing, cluster * clusterBytes + from, target);
    else fillFrom(file, offsetBytes + from, target);
  };

  return {
    ...self,
    read(offsetBytes, lengthBytes) {
      checkRange(self, offsetBytes, lengthBytes);
      const bytes = new Uint8Array(lengthBytes);
      for (let done = 0; done < lengthBytes;) {
        const cluster = Math.floor((offsetBytes + done) / clusterBytes);
        const from = offsetBytes + done - cluster * clusterBytes;
        const length = Math.min(clusterBytes - from, lengthBytes - done);
        fill(bytes.subarray(done, done + length), cluster, from);
        done += length;
      }
      return bytes;
    },
  };
}

/** From a cluster's number to its L2 entry, 0n for none; tables are read when they are needed and the newest kept. */
function tableWalk(file: ByteSource, header: Qcow2Header): (cluster: number) => bigint {
  const { clusterBytes, l1Entries, l1Offset } = header;
  const l1 = viewOf(file.read(l1Offset, l1Entries * ENTRY_BYTES));
  const perTable = clusterBytes / ENTRY_BYTES;
  const kept = new Map<number, DataView>();
  const keep = Math.max(1, KEPT_TABLE_BYTES / clusterBytes);
  return (cluster) => {
    const l1Index = Math.floor(cluster / perTable);
    let table = kept.get(l1Index);
    if (table === undefined) {
      const offsetBytes = clusterOffset(file, header, l1.getBigUint64(l1Index * ENTRY_BYTES));
      if (offsetBytes === 0) return 0n;
      if (offsetBytes + clusterBytes > file.sizeBytes) {
        throw damaged(file, `an L2 table at ${offsetBytes}`, `it within ${file.sizeBytes} bytes`);
      }
      table = viewOf(file.read(offsetBytes, clusterBytes));
      if (kept.size >= keep) kept.delete(kept.keys().next().value!);
      kept.set(l1Index, table);
    }
    return table.getBigUint64((cluster % perTable) * ENTRY_BYTES);
  };
}

function clusterOffset(file: ByteSource, { clusterBytes }: Qcow2Header, entry: bigint): number {
  const offsetBytes = Number(entry & OFFSET_MASK);
  if (offsetBytes % clusterBytes !== 0 || offsetBytes >= Math.max(1, file.sizeBytes)) {
    const expected = `a multiple of ${clusterBytes} below ${file.sizeBytes}`;
    throw damaged(file, `a cluster at ${offsetBytes}`, expected);
  }
  return offsetBytes;
}

function inflateCluster(
  file: ByteSource,
  { clusterBytes }: Qcow2Header,
  entry: bigint,
): Uint8Array {
  const offsetBits = BigInt(62 - (Math.log2(clusterBytes) - 8));
  const offsetBytes = Number(entry & ((1n << offsetBits) - 1n));
  const moreSectors = Number((entry & (COMPRESSED - 1n)) >> offsetBits);
  const end = (Math.floor(offsetBytes / SECTOR_BYTES) + 1 + moreSectors) * SECTOR_BYTES;
  // The last sector may be cut off by the end of the file; the stream says itself where it ends.
  const lengthBytes = Math.min(end, file.sizeBytes) - offsetBytes;
  if (lengthBytes <= 0) {
    throw damaged(file, `compressed data at ${offsetBytes}`, `it within ${file.sizeBytes} bytes`);
  }
  const packed = file.read(offsetBytes, lengthBytes);
  let cluster: Uint8Array;
  try {
    cluster = inflateRawSync(packed, { maxOutputLength: clusterBytes });
  } catch (error) {
    throw damaged(file, `compressed data at ${offsetBytes}: ${messageOf(error)}`, "deflate");
  }
  if (cluster.length !== clusterBytes) {
    throw damaged(file, `a compressed cluster of ${cluster.length} bytes`, `${clusterBytes}`);
  }
  return cluster;
}

/** Bytes of a disk into `target`; what lies past the disk's end, or has no disk, stays zero. */
function fillFrom(disk: ByteSource | undefined, offsetBytes: number, target: Uint8Array): void {
  const lengthBytes = Math.min(target.length, (disk?.sizeBytes ?? 0) - offsetBytes);
  if (disk !== undefined && lengthBytes > 0) target.set(disk.read(offsetBytes, lengthBytes));
}

/** Remembers the newest result: a compressed cluster is mostly read in several parts, one after the other. */
function lastOf<T>(make: (key: bigint) => T): (key: bigint) => T {
  let last: { readonly key: bigint; readonly value: T } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
