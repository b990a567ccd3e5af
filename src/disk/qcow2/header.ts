/**
 * The header of a qcow2 image: read, checked, and refused where the image is not one that can be read rightly.
 */
import { LaneError } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import {
  ENTRY_BYTES,
  EXTENSION_BACKING_FORMAT,
  EXTENSION_END,
  HEADER_V2_BYTES,
  HEADER_V3_BYTES,
  headerV2,
  headerV3,
  MAX_BACKING_NAME_BYTES,
  QCOW2_MAGIC,
  type HeaderFields,
} from "./layout.js";

export interface Qcow2Header {
  readonly version: 2 | 3;
  /** Of the disk that the guest sees. */
  readonly sizeBytes: number;
  readonly clusterBytes: number;
  readonly l1Offset: number;
  readonly l1Entries: number;
  readonly snapshotCount: number;
  /** As the header names them; a relative path is relative to the image's own folder. */
  readonly backing: { readonly path: string; readonly format: string | undefined } | undefined;
}

const INCOMPATIBLE = [
  "it was not closed properly (dirty bit)",
  "it is marked as corrupt",
  "its data is in an external file",
  "it is compressed by another method than zlib",
  "it has extended L2 entries",
] as const;
/** The first two are states of an image, which qemu-img can mend; the others are kinds of images. */
const STATE_BITS = 2;
const FEATURE_BITS = 64;
/** QEMU's own limit (block/qcow2.h). */
const MAX_L1_BYTES = 32 * 1024 * 1024;

/**
 * @throws LaneError `qcow2-damaged`, `qcow2-not-clean`, `qcow2-unsupported` (image)
 * @example readQcow2Header(openFileSource("overlay.qcow2")).backing?.path // "/images/guest.raw"
 */
export function readQcow2Header(file: ByteSource): Qcow2Header {
  const fields = decodeFields(file);
  if (fields.encryption !== 0) throw unsupported(file, "it is encrypted");
  checkFeatures(file, fields.incompatible);
  if (fields.clusterBits < 9 || fields.clusterBits > 21) {
    throw damaged(file, `clusters of 2^${fields.clusterBits} bytes`, "2^9 to 2^21");
  }
  const clusterBytes = 2 ** fields.clusterBits;
  const neededEntries = Math.ceil(fields.sizeBytes / (clusterBytes * (clusterBytes / ENTRY_BYTES)));
  if (fields.l1Entries < neededEntries || fields.l1Entries * ENTRY_BYTES > MAX_L1_BYTES) {
    const expected = `${neededEntries} for a disk of ${fields.sizeBytes} bytes`;
    throw damaged(file, `an L1 table of ${fields.l1Entries} entries`, expected);
  }
  if (fields.l1Offset + fields.l1Entries * ENTRY_BYTES > file.sizeBytes) {
    throw damaged(file, `an L1 table at ${fields.l1Offset}`, `it within ${file.sizeBytes} bytes`);
  }
  return {
    version: fields.version === 2 ? 2 : 3,
    sizeBytes: fields.sizeBytes,
    clusterBytes,
    l1Offset: fields.l1Offset,
    l1Entries: fields.l1Entries,
    snapshotCount: fields.snapshotCount,
    backing: readBacking(file, fields),
  };
}

/** The refusal of an image whose structures contradict each other. */
export function damaged(file: ByteSource, found: string, expected: string): LaneError {
  return new LaneError(
    "qcow2-damaged",
    `${file.name} is a damaged or truncated qcow2 image: found ${found}, expected ${expected}`,
    { hint: `look at it with: qemu-img check ${file.name}`, facts: { path: file.name } },
  );
}

function decodeFields(file: ByteSource): HeaderFields {
  const head = file.read(0, Math.min(HEADER_V3_BYTES, file.sizeBytes));
  if (head.length < HEADER_V2_BYTES) throw damaged(file, `${head.length} bytes`, "a header of 72");
  const v2 = headerV2.decode(head);
  if (v2.magic !== QCOW2_MAGIC) throw damaged(file, "no magic", "QFI\\xfb");
  if (v2.version === 2) {
    const features = { incompatible: 0n, compatible: 0n, autoClear: 0n };
    return { ...v2, ...features, refcountOrder: 4, headerBytes: HEADER_V2_BYTES };
  }
  if (v2.version !== 3) throw unsupported(file, `it is of version ${v2.version}`);
  if (head.length < HEADER_V3_BYTES) throw damaged(file, `${head.length} bytes`, "a header of 104");
  return headerV3.decode(head);
}

function checkFeatures(file: ByteSource, incompatible: bigint): void {
  for (let bit = 0; bit < FEATURE_BITS; bit++) {
    if ((incompatible & (1n << BigInt(bit))) === 0n) continue;
    const what = INCOMPATIBLE[bit] ?? `it needs the unknown feature ${bit}`;
    if (bit >= STATE_BITS) throw unsupported(file, what);
    throw new LaneError("qcow2-not-clean", `${file.name} cannot be trusted as it is: ${what}`, {
      hint: `end what uses it, then: qemu-img check -r all ${file.name}`,
      facts: { path: file.name },
    });
  }
}

function readBacking(file: ByteSource, fields: HeaderFields): Qcow2Header["backing"] {
  const { backingNameOffset: offset, backingNameBytes: length } = fields;
  if (offset === 0) return undefined;
  if (length === 0 || length > MAX_BACKING_NAME_BYTES || offset + length > file.sizeBytes) {
    throw damaged(file, `a backing file's name of ${length} bytes at ${offset}`, "1 to 1023 bytes");
  }
  const path = Buffer.from(file.read(offset, length)).toString("utf8");
  return { path, format: readBackingFormat(file, fields) };
}

function readBackingFormat(file: ByteSource, fields: HeaderFields): string | undefined {
  // Extensions end before the name at the latest: both lie in the first cluster, whose size is bounded.
  const end = Math.min(fields.backingNameOffset, 2 ** Math.min(fields.clusterBits, 21));
  if (fields.headerBytes > end) return undefined;
  const bytes = Buffer.from(file.read(fields.headerBytes, end - fields.headerBytes));
  for (let at = 0; at + 8 <= bytes.length;) {
    const type = bytes.readUInt32BE(at);
    const length = bytes.readUInt32BE(at + 4);
    if (type === EXTENSION_END) return undefined;
    if (type === EXTENSION_BACKING_FORMAT) return bytes.toString("utf8", at + 8, at + 8 + length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}

function unsupported(file: ByteSource, what: string): LaneError {
  return new LaneError(
    "qcow2-unsupported",
    `${file.name} is a qcow2 image that kernlane does not read: ${what}`,
    {
      hint: `turn it into a raw image with: qemu-img convert -O raw ${file.name} OUT`,
      facts: { path: file.name },
    },
  );
}
