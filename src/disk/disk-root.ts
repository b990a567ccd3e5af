/**
 * The partition that holds FreeBSD's root: the first one of type freebsd-ufs, wherever it is (official images have it at
 * number 3 or 4), or the whole disk when there is no partition table and a UFS2 superblock is where one belongs.
 */
import { LaneError, type ErrorCode } from "../base/errors.js";
import type { ByteSource } from "../binary/byte-source.js";
import { requireRawImage } from "./raw-image.js";
import { readPartitionTable, type Partition, type PartitionTable } from "./gpt/partition-table.js";
import { FREEBSD_UFS, FREEBSD_ZFS } from "./gpt/partition-types.js";
import { findSuperblock } from "./ufs2/superblock-search.js";

export interface RootPartition {
  /** Undefined when the file system is the whole disk. */
  readonly number: number | undefined;
  readonly label: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly table: PartitionTable;
}

/**
 * @throws LaneError `image-not-raw`, `image-truncated`, `gpt-both-headers-bad`, `gpt-entry-bad`, `mbr-only`,
 *   `root-is-zfs`, `root-is-encrypted`, `no-ufs-partition`, `no-file-system`
 * @example
 * const disk = openFileSource("guest.raw");
 * const fs = openFileSystem(disk, findRoot(disk));
 */
export function findRoot(disk: ByteSource): RootPartition {
  requireRawImage(disk);
  const table = readPartitionTable(disk);
  if (table.scheme === "none") return wholeDisk(disk, table);
  if (table.scheme === "mbr") {
    throw refusal(disk, table, "mbr-only", "an MBR partition table, expected GPT", USE_OFFICIAL);
  }
  const root = table.partitions.find((partition) => partition.type === FREEBSD_UFS);
  const zfs = table.partitions.find((partition) => partition.type === FREEBSD_ZFS);
  const candidate = root ?? zfs;
  if (candidate !== undefined && isEncrypted(disk, candidate, table.sectorBytes)) {
    const found = `GELI encryption on partition ${candidate.number}, expected a plain file system`;
    throw refusal(disk, table, "root-is-encrypted", found, "give an image that is not encrypted");
  }
  if (root !== undefined) return { ...root, table };
  if (zfs !== undefined) {
    const found = `a ZFS pool (partition ${zfs.number}) and no ${FREEBSD_UFS} partition`;
    throw refusal(disk, table, "root-is-zfs", found, "give the -ufs variant of the image");
  }
  const found = `no ${FREEBSD_UFS} partition among: ${listTypes(table.partitions)}`;
  throw refusal(disk, table, "no-ufs-partition", found, USE_OFFICIAL);
}

const USE_OFFICIAL =
  "give a FreeBSD VM or CI image with a UFS root, such as FreeBSD-15.0-RELEASE-amd64-ufs.raw";

function wholeDisk(disk: ByteSource, table: PartitionTable): RootPartition {
  if (findSuperblock(disk, 0, disk.sizeBytes) === undefined) {
    throw refusal(
      disk,
      table,
      "no-file-system",
      "neither a partition table nor a UFS superblock",
      USE_OFFICIAL,
    );
  }
  return { number: undefined, label: "", offsetBytes: 0, sizeBytes: disk.sizeBytes, table };
}

/** GELI keeps its metadata in the provider's last sector, starting with its magic (sys/geom/eli/g_eli.h). */
function isEncrypted(disk: ByteSource, partition: Partition, sectorBytes: number): boolean {
  const lastSectorBytes = partition.offsetBytes + partition.sizeBytes - sectorBytes;
  return Buffer.from(disk.read(lastSectorBytes, 16)).toString("latin1").startsWith("GEOM::ELI");
}

function listTypes(partitions: readonly Partition[]): string {
  return (
    partitions.map(({ number, type }) => `${number} ${type}`).join(", ") || "no partitions at all"
  );
}

function refusal(
  disk: ByteSource,
  table: PartitionTable,
  code: ErrorCode,
  found: string,
  hint: string,
): LaneError {
  return new LaneError(code, `${disk.name}: found ${found}`, {
    hint,
    facts: { disk: disk.name, scheme: table.scheme, partitions: table.partitions.length },
  });
}
