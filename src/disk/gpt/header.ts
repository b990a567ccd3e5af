/**
 * The GPT header (UEFI 2.10, section 5.3.2): at LBA 1, with a copy in the last sector of the disk.
 *
 * | OFFSET | SIZE | MEANING                                                       |
 * | ------ | ---- | ------------------------------------------------------------- |
 * | 0      | 8    | signature `EFI PART`                                          |
 * | 8      | 4    | revision, 0x00010000                                          |
 * | 12     | 4    | header size, 92 up to one sector                              |
 * | 16     | 4    | CRC-32 of the header's bytes, taken with this field zero      |
 * | 24     | 8    | LBA of this header                                            |
 * | 32     | 8    | LBA of the other header                                       |
 * | 40     | 8    | first LBA that partitions may use                             |
 * | 48     | 8    | last LBA that partitions may use                              |
 * | 56     | 16   | GUID of the disk                                              |
 * | 72     | 8    | first LBA of the entry array                                  |
 * | 80     | 4    | number of entries: 128 by most tools, 4 by FreeBSD's mkimg    |
 * | 84     | 4    | size of an entry, 128 or a multiple of it                     |
 * | 88     | 4    | CRC-32 of the whole entry array                               |
 *
 * Invariants: signature and both CRCs match, the header says the LBA that it was read from, the entry array is inside
 * the disk. Our limits: an entry array of at most 1 MiB.
 *
 * Worked example, the primary header of `newfs-suj-gpt.img`:
 *
 *     00000200  45 46 49 20 50 41 52 54  00 00 01 00 5c 00 00 00   "EFI PART", revision 1.0, 92 bytes
 *     00000210  e8 11 28 04 00 00 00 00  01 00 00 00 00 00 00 00   CRC 0x042811e8, reserved, this is LBA 1
 */
import { crc32 } from "node:zlib";
import { record, type RecordOf, i64, raw, text, u32 } from "../../binary/records.js";
import type { ByteSource } from "../../binary/byte-source.js";

export const gptHeader = record("GPT header", 92, {
  signature: text(0, 8),
  revision: u32(8),
  headerBytes: u32(12),
  headerCrc: u32(16),
  ownLba: i64(24),
  otherLba: i64(32),
  firstUsableLba: i64(40),
  lastUsableLba: i64(48),
  diskGuid: raw(56, 16),
  entriesLba: i64(72),
  entryCount: u32(80),
  entryBytes: u32(84),
  entriesCrc: u32(88),
});

export type GptHeader = RecordOf<typeof gptHeader>;

const ENTRY_ARRAY_LIMIT_BYTES = 1024 * 1024;

/** A header that was found sound together with its entry array, or the reason why it is not. */
export type HeaderFound =
  | { readonly ok: true; readonly header: GptHeader; readonly entries: Uint8Array }
  | { readonly ok: false; readonly reason: string; readonly signed: boolean };

/** Reads and checks the header at an LBA. Damage is an answer here, not an error: there are two headers to choose from. */
export function readGptHeader(disk: ByteSource, lba: number, sectorBytes: number): HeaderFound {
  const atBytes = lba * sectorBytes;
  if (lba < 1 || atBytes + sectorBytes > disk.sizeBytes) {
    return { ok: false, reason: `LBA ${lba} is past the end of the disk`, signed: false };
  }
  const sector = disk.read(atBytes, sectorBytes);
  if (Buffer.from(sector).toString("latin1", 0, 8) !== "EFI PART") {
    return { ok: false, reason: `no signature "EFI PART" in LBA ${lba}`, signed: false };
  }
  try {
    return checkHeader(disk, sector, lba, sectorBytes);
  } catch {
    // Decoding refuses 64-bit numbers that no disk has.
    return { ok: false, reason: `an absurd number in LBA ${lba}`, signed: true };
  }
}

function checkHeader(
  disk: ByteSource,
  sector: Uint8Array,
  lba: number,
  sectorBytes: number,
): HeaderFound {
  const bad = (reason: string): HeaderFound => ({
    ok: false,
    reason: `${reason} in LBA ${lba}`,
    signed: true,
  });
  const header = gptHeader.decode(sector);
  if (header.headerBytes < gptHeader.sizeBytes || header.headerBytes > sectorBytes) {
    return bad(`a header size of ${header.headerBytes}`);
  }
  if (crcOfHeader(sector.subarray(0, header.headerBytes)) !== header.headerCrc)
    return bad("a wrong header CRC");
  if (header.ownLba !== lba) return bad(`a header that says it is LBA ${header.ownLba}`);
  const arrayBytes = header.entryCount * header.entryBytes;
  if (
    header.entryBytes < 128 ||
    header.entryBytes % 8 !== 0 ||
    arrayBytes > ENTRY_ARRAY_LIMIT_BYTES
  ) {
    return bad(`${header.entryCount} entries of ${header.entryBytes} bytes`);
  }
  const entriesAt = header.entriesLba * sectorBytes;
  if (entriesAt < 0 || entriesAt + arrayBytes > disk.sizeBytes)
    return bad("an entry array past the end");
  const entries = disk.read(entriesAt, arrayBytes);
  if (crc32(entries) !== header.entriesCrc) return bad("a wrong CRC of the entries");
  return { ok: true, header, entries };
}

/** The CRC that a header's bytes should carry. */
export function crcOfHeader(bytes: Uint8Array): number {
  const copy = bytes.slice();
  copy.fill(0, 16, 20);
  return crc32(copy);
}
