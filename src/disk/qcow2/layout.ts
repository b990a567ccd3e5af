/**
 * qcow2 disk images, versions 2 and 3: the layout that `header.ts`, `qcow2-disk.ts` and `overlay.ts` share.
 *
 * Source: QEMU `docs/interop/qcow2.rst`. All numbers are big-endian. The file is an array of clusters; the first holds the header.
 *
 *     OFFSET  SIZE  MEANING
 *          0     4  magic "QFI\xfb"
 *          4     4  version, 2 or 3
 *          8     8  offset of the backing file's name, 0 for none
 *         16     4  length of that name, at most 1023 bytes
 *         20     4  cluster size as a power of two, 9 to 21 (16: 64 KiB)
 *         24     8  size of the guest's disk, bytes
 *         32     4  encryption: 0 none, 1 AES, 2 LUKS
 *         36     4  number of L1 entries
 *         40     8  offset of the L1 table
 *         48     8  offset of the refcount table
 *         56     4  clusters of the refcount table
 *         60     4  number of internal snapshots
 *         64     8  offset of the snapshot table
 *     version 3 (in 2 the features are 0, the order is 4, the header ends here at 72):
 *         72     8  incompatible features; bit 0 dirty, 1 corrupt, 2 external data file, 3 compression type, 4 extended L2
 *         80     8  compatible features
 *         88     8  auto-clear features
 *         96     4  refcount width as a power of two in bits (4: 16 bits)
 *        100     4  length of the header, 104 or more
 *     extensions follow the header: u32 type, u32 length, data padded to 8; type 0 ends them, 0xe2792aca names the
 *     backing file's format ("raw", "qcow2").
 *
 * Mapping: a guest's cluster number, split by the entries that fit in one cluster (8 bytes each), gives an L1 entry, which is
 * the offset of an L2 table, and in it an L2 entry. The refcount table and its blocks count the users of each cluster of the file.
 *
 *     L1 ENTRY   bit 63: the table's refcount is 1; bits 9–55: its offset, 0 for none
 *     L2 ENTRY   bit 63: the cluster's refcount is 1; bit 62: compressed; bits 9–55: offset, 0 for none; bit 0: reads as zeros
 *     compressed, x = 62 − (cluster bits − 8): bits 0 to x−1 offset of a raw deflate stream, bits x to 61: number of 512-byte
 *     sectors that it takes after the first
 *
 * What is not allocated reads as the backing file, and as zeros where there is none or it is shorter.
 *
 * Example, an L2 entry of an allocated cluster at 0x50000: 80 00 00 00 00 05 00 00
 */
import { record, u32be, u64be, wideBe, type RecordOf } from "../../binary/records.js";

export const QCOW2_MAGIC = 0x514649fb;
export const HEADER_V2_BYTES = 72;
export const HEADER_V3_BYTES = 104;
export const MAX_BACKING_NAME_BYTES = 1023;
export const EXTENSION_END = 0;
export const EXTENSION_BACKING_FORMAT = 0xe2792aca;

export const COPIED = 1n << 63n;
export const COMPRESSED = 1n << 62n;
export const READS_AS_ZEROS = 1n;
export const OFFSET_MASK = 0x00fffffffffffe00n;
export const ENTRY_BYTES = 8;

const headerFields = {
  magic: u32be(0),
  version: u32be(4),
  backingNameOffset: u64be(8),
  backingNameBytes: u32be(16),
  clusterBits: u32be(20),
  sizeBytes: u64be(24),
  encryption: u32be(32),
  l1Entries: u32be(36),
  l1Offset: u64be(40),
  refcountTableOffset: u64be(48),
  refcountTableClusters: u32be(56),
  snapshotCount: u32be(60),
  snapshotsOffset: u64be(64),
};

export const headerV2 = record("qcow2 header", HEADER_V2_BYTES, headerFields);
export const headerV3 = record("qcow2 header", HEADER_V3_BYTES, {
  ...headerFields,
  incompatible: wideBe(72),
  compatible: wideBe(80),
  autoClear: wideBe(88),
  refcountOrder: u32be(96),
  headerBytes: u32be(100),
});
export type HeaderFields = RecordOf<typeof headerV3>;
