/**
 * The partitions of a disk, from whichever of the two GPT headers is sound.
 *
 * One bad header is a warning, as it is for the FreeBSD kernel, and the other is used; two bad ones are a refusal. When
 * both are sound and differ, the primary counts. A header or a partition past the end of the image means that the image
 * was cut short. The sector size is found by looking: 512 bytes first, then 4096.
 */
import { LaneError } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import { gptEntry, nameOfEntry } from "./entry.js";
import { formatGuid } from "./guid.js";
import { readGptHeader, type GptHeader, type HeaderFound } from "./header.js";
import { PROTECTIVE, readMbrSlots, type MbrSlot } from "./mbr.js";
import { nameOfPartitionType } from "./partition-types.js";

export interface Partition {
  /** As in FreeBSD's `p4` and `s1`: from 1. */
  readonly number: number;
  /** A name of gpart(8) such as `freebsd-ufs`, else the GUID; for an MBR slot `mbr-0xa5`. */
  readonly type: string;
  readonly label: string;
  /** Of the partition itself; empty for an MBR slot. */
  readonly guid: string;
  /** The GPT entry's attributes; none for an MBR slot. */
  readonly attributes: bigint;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export interface PartitionTable {
  readonly scheme: "gpt" | "mbr" | "none";
  readonly sectorBytes: SectorBytes;
  readonly partitions: readonly Partition[];
  /** Sentences about what was found wrong and worked around. */
  readonly warnings: readonly string[];
}

/**
 * @throws LaneError `gpt-both-headers-bad`, `gpt-entry-bad`, `image-truncated`
 * @example readPartitionTable(disk).partitions.find((p) => p.type === "freebsd-ufs")
 */
export function readPartitionTable(disk: ByteSource): PartitionTable {
  if (disk.sizeBytes < 1024)
    return { scheme: "none", sectorBytes: 512, partitions: [], warnings: [] };
  const slots = readMbrSlots(disk.read(0, 512));
  const found = findHeaders(disk);
  if (found !== undefined && isSound(found)) return tableOf(disk, found);
  if (found !== undefined || slots.some((slot) => slot.type === PROTECTIVE)) {
    throw bothBad(disk, found ?? readHeaders(disk, 512));
  }
  return {
    scheme: slots.length > 0 ? "mbr" : "none",
    sectorBytes: 512,
    partitions: slots.map(partitionOfSlot),
    warnings: [],
  };
}

/** The size of the sectors that a disk's GPT was made for, a damaged one's too; 512 where there is none. */
export function findSectorBytes(disk: ByteSource): SectorBytes {
  return findHeaders(disk)?.sectorBytes ?? 512;
}

export type SectorBytes = 512 | 4096;

interface Headers {
  readonly sectorBytes: SectorBytes;
  readonly primary: HeaderFound;
  readonly backup: HeaderFound;
}

/** The headers of the sector size with which one is sound, else of the one with which one is signed. */
function findHeaders(disk: ByteSource): Headers | undefined {
  const found = ([512, 4096] as const).map((sectorBytes) => readHeaders(disk, sectorBytes));
  const isSigned = (header: HeaderFound) => header.ok || header.signed;
  return (
    found.find(isSound) ??
    found.find(({ primary, backup }) => isSigned(primary) || isSigned(backup))
  );
}

function isSound({ primary, backup }: Headers): boolean {
  return primary.ok || backup.ok;
}

/** The backup is where a sound primary says; without one it is in the last sector. */
function readHeaders(disk: ByteSource, sectorBytes: SectorBytes): Headers {
  const primary = readGptHeader(disk, 1, sectorBytes);
  const lastLba = Math.floor(disk.sizeBytes / sectorBytes) - 1;
  const backup = readGptHeader(disk, primary.ok ? primary.header.otherLba : lastLba, sectorBytes);
  return { sectorBytes, primary, backup };
}

function tableOf(disk: ByteSource, { sectorBytes, primary, backup }: Headers): PartitionTable {
  if (primary.ok && (primary.header.otherLba + 1) * sectorBytes > disk.sizeBytes) {
    throw truncated(disk, "the backup GPT header", (primary.header.otherLba + 1) * sectorBytes);
  }
  const warnings: string[] = [];
  if (!primary.ok)
    warnings.push(`the primary GPT header is bad (${primary.reason}); the backup is used`);
  if (!backup.ok)
    warnings.push(`the backup GPT header is bad (${backup.reason}); the primary is used`);
  if (primary.ok && backup.ok && !Buffer.from(primary.entries).equals(backup.entries)) {
    warnings.push("the two GPT headers list different partitions; the primary is used");
  }
  const used = primary.ok ? primary : backup;
  // Unreachable: the caller has seen that one of them is sound.
  if (!used.ok) throw bothBad(disk, { sectorBytes, primary, backup });
  const partitions = partitionsOf(disk, used.header, used.entries, sectorBytes);
  return { scheme: "gpt", sectorBytes, partitions, warnings };
}

function partitionsOf(
  disk: ByteSource,
  header: GptHeader,
  entries: Uint8Array,
  sectorBytes: SectorBytes,
): Partition[] {
  const partitions: Partition[] = [];
  for (let index = 0; index < header.entryCount; index++) {
    const atBytes = index * header.entryBytes;
    if (entries.subarray(atBytes, atBytes + 16).every((byte) => byte === 0)) continue;
    const entry = gptEntry.decode(entries, atBytes);
    if (entry.firstLba < 1 || entry.lastLba < entry.firstLba) {
      throw new LaneError(
        "gpt-entry-bad",
        `${disk.name}: GPT entry ${index + 1} runs from LBA ${entry.firstLba} to ${entry.lastLba}`,
        {
          facts: {
            disk: disk.name,
            entry: index + 1,
            firstLba: entry.firstLba,
            lastLba: entry.lastLba,
          },
        },
      );
    }
    const endBytes = (entry.lastLba + 1) * sectorBytes;
    if (endBytes > disk.sizeBytes) throw truncated(disk, `partition ${index + 1}`, endBytes);
    partitions.push({
      number: index + 1,
      type: nameOfPartitionType(formatGuid(entry.typeGuid)),
      label: nameOfEntry(entry),
      guid: formatGuid(entry.guid),
      attributes: entry.attributes,
      offsetBytes: entry.firstLba * sectorBytes,
      sizeBytes: endBytes - entry.firstLba * sectorBytes,
    });
  }
  return partitions;
}

function partitionOfSlot(slot: MbrSlot): Partition {
  return {
    number: slot.number,
    type: `mbr-0x${slot.type.toString(16).padStart(2, "0")}`,
    label: "",
    guid: "",
    attributes: 0n,
    offsetBytes: slot.firstLba * 512,
    sizeBytes: slot.sectorCount * 512,
  };
}

function truncated(disk: ByteSource, what: string, endBytes: number): LaneError {
  return new LaneError(
    "image-truncated",
    `${disk.name} is truncated: ${what} ends at byte ${endBytes}, the image at ${disk.sizeBytes}`,
    { facts: { disk: disk.name, endBytes, sizeBytes: disk.sizeBytes } },
  );
}

function bothBad(disk: ByteSource, { primary, backup }: Headers): LaneError {
  const reasons = [primary, backup].map((found) => (found.ok ? "sound" : found.reason));
  return new LaneError(
    "gpt-both-headers-bad",
    `${disk.name}: both GPT headers are bad: found ${reasons.join(" and ")}`,
    { facts: { disk: disk.name } },
  );
}
