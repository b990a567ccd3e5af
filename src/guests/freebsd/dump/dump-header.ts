/**
 * The header of a kernel's dump (FreeBSD `sys/sys/kerneldump.h`, `sys/kern/kern_shutdown.c`): in the last block of the device, with a copy
 * before the dump.
 *
 *     ┌───────────┬──────┬─────┬──────────────────────┬──────┐
 *     │           │ copy │ key │ extent of the dump   │ head │    the key: of a dump that is encrypted
 *     └───────────┴──────┴─────┴──────────────────────┴──────┘
 *
 * The kernel writes both when all else is written: a dump that was cut off has none. A compressed dump begins where its extent
 * begins, and fills only a part of it. A text dump is written backwards, from the last block but one.
 *
 * | OFFSET | SIZE | MEANING, numbers in network order                              |
 * | ------ | ---- | -------------------------------------------------------------- |
 * | 0      | 20   | magic, `FreeBSD Kernel Dump`                                    |
 * | 20     | 12   | architecture, `amd64`                                           |
 * | 32     | 4    | version of this header, 4                                       |
 * | 36     | 4    | version of the architecture's own format                        |
 * | 40     | 8    | length of the dump in bytes, compressed where it is             |
 * | 48     | 8    | when, Unix time                                                 |
 * | 56     | 4    | size of the key; 0 where the dump is not encrypted              |
 * | 60     | 4    | size of a block                                                 |
 * | 64     | 64   | host name                                                       |
 * | 128    | 192  | the kernel's version, with its line break                       |
 * | 320    | 175  | what it said when it panicked                                   |
 * | 495    | 1    | compression: 0 none, 1 gzip, 2 zstd                             |
 * | 496    | 8    | extent of the dump in bytes                                     |
 * | 508    | 4    | parity, so that the exclusive or of all 128 words is 0          |
 *
 * Our limits: version 4, which FreeBSD 12 and later write; nothing that is encrypted.
 */
import {
  record,
  text,
  u32,
  u32be,
  u8,
  viewOf,
  wideBe,
  type RecordOf,
} from "../../../binary/records.js";
import type { ByteSource } from "../../../binary/byte-source.js";
import { visible } from "../../../console/visible.js";

export const dumpHeader = record("kernel dump header", 512, {
  magic: text(0, 20),
  architecture: text(20, 12),
  version: u32be(32),
  architectureVersion: u32be(36),
  lengthBytes: wideBe(40),
  timeSeconds: wideBe(48),
  keyBytes: u32be(56),
  blockBytes: u32be(60),
  hostName: text(64, 64),
  versionString: text(128, 192),
  panicString: text(320, 175),
  compression: u8(495),
  extentBytes: wideBe(496),
  // savecore(8) prints it as the little-endian number that it is to the machine.
  parity: u32(508),
});
type DumpHeader = RecordOf<typeof dumpHeader>;

const KERNEL_MAGIC = "FreeBSD Kernel Dump";
const TEXT_MAGIC = "FreeBSD Text Dump";
const CLEARED_MAGIC = "Cleared Kernel Dump";
const VERSION = 4;
/** The kernel leaves the beginning of the device alone. */
const METADATA_BYTES = 65_536;

const COMPRESSIONS = ["none", "gzip", "zstd"] as const;
type Compression = (typeof COMPRESSIONS)[number];

/** A dump whose two headers were found sound. */
export interface FoundDump {
  readonly ok: true;
  readonly header: DumpHeader;
  readonly kind: "memory" | "text";
  readonly compression: Compression;
  /** Where it is on the disk. A text dump's blocks stand in the reverse order. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export type DumpSearch =
  | FoundDump
  | {
      readonly ok: false;
      /** Whether there is a header at all. */
      readonly hasHeader: boolean;
      /** Why there is none to be had, as a clause. */
      readonly why: string;
    };

/**
 * Damage is an answer here, not an error: the disk was written by a kernel that was dying.
 *
 * @param architecture of the machine, as the kernel names it: `amd64`
 * @param blockBytes size of the device's sectors
 */
export function findDump(disk: ByteSource, architecture: string, blockBytes = 512): DumpSearch {
  const lastAt = disk.sizeBytes - blockBytes;
  if (lastAt < METADATA_BYTES) return none("the disk is too small for a dump");
  const last = disk.read(lastAt, dumpHeader.sizeBytes);
  const header = dumpHeader.decode(last);
  const { magic } = header;
  if (magic === CLEARED_MAGIC) return refused("savecore(8) of the guest has taken it already");
  if (magic !== KERNEL_MAGIC && magic !== TEXT_MAGIC)
    return none("the last block of the disk is no header of a dump");
  const kind = magic === TEXT_MAGIC ? "text" : "memory";
  const wrong = wrongIn(header, last, architecture, blockBytes);
  if (wrong !== undefined) return refused(wrong);
  const { lengthBytes, extentBytes } = header;
  if (kind === "text" && (lengthBytes !== extentBytes || lengthBytes % BigInt(blockBytes) !== 0n))
    return refused(`it is a text dump of ${lengthBytes} bytes, which are no whole blocks`);
  const misplaced = misplacedIn(lengthBytes, extentBytes, lastAt - blockBytes);
  if (misplaced !== undefined) return refused(misplaced);
  const offsetBytes = lastAt - Number(extentBytes);
  const first = disk.read(offsetBytes - blockBytes, dumpHeader.sizeBytes);
  if (!Buffer.from(first).equals(last))
    return refused("its two headers differ: the one before the dump is not the one behind it");
  // savecore(8) of a text dump: what the device is set to do with others does not count.
  const compression = kind === "text" ? "none" : COMPRESSIONS[header.compression]!;
  return {
    ok: true,
    ...{ header, kind, compression, offsetBytes },
    lengthBytes: Number(lengthBytes),
  };
}

/** As a clause. */
function wrongIn(
  header: DumpHeader,
  bytes: Uint8Array,
  architecture: string,
  blockBytes: number,
): string | undefined {
  if (parityOf(bytes) !== 0) return "the parity of its header is wrong";
  if (header.version !== VERSION)
    return `its header has version ${header.version}, expected ${VERSION}`;
  if (header.architecture !== architecture)
    return `it is of ${visible(header.architecture) || "no architecture"}, expected ${architecture}`;
  if (header.blockBytes !== blockBytes)
    return `its blocks have ${header.blockBytes} bytes, the disk's have ${blockBytes}`;
  if (header.keyBytes !== 0)
    return "it is encrypted (dumpon -k), and only decryptcore(8) with the key can read it";
  if (COMPRESSIONS[header.compression] === undefined)
    return `it is compressed in an unknown way (${header.compression})`;
  return undefined;
}

/** As a clause. */
function misplacedIn(length: bigint, extent: bigint, limit: number): string | undefined {
  if (length === 0n) return "it was cut off: its header has no length yet";
  if (length > extent) return `its header says ${length} bytes in an extent of ${extent}`;
  if (extent > BigInt(limit - METADATA_BYTES))
    return `its header says an extent of ${extent} bytes, more than the disk has`;
  return undefined;
}

/** The exclusive or of all words: the order of their bytes is of no matter. */
export function parityOf(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let parity = 0;
  for (let at = 0; at < dumpHeader.sizeBytes; at += 4) parity ^= view.getUint32(at, true);
  return parity >>> 0;
}

function none(why: string): DumpSearch {
  return { ok: false, hasHeader: false, why };
}

function refused(why: string): DumpSearch {
  return { ok: false, hasHeader: true, why };
}
