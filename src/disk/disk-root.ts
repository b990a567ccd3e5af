/**
 * The partitions that may hold FreeBSD's root: those of type freebsd-ufs, wherever they are (official images have it at number 3 or 4), or the
 * whole disk when there is no partition table and a UFS2 superblock is where one belongs. Which of several is booted is the guest's to say.
 */
import { LaneError, type ErrorCode } from "../base/errors.js";
import type { ByteSource } from "../binary/byte-source.js";
import { requireRawImage } from "./raw-image.js";
import { readPartitionTable, type Partition, type PartitionTable } from "./gpt/partition-table.js";
import { FREEBSD_UFS, FREEBSD_ZFS } from "./gpt/partition-types.js";
import { findSuperblock } from "./ufs2/superblock-search.js";

export interface RootPartition extends Omit<Partition, "number" | "type"> {
  /** Undefined when the file system is the whole disk. */
  readonly number: number | undefined;
  readonly table: PartitionTable;
}

/**
 * @throws LaneError `image-not-raw`, `image-truncated`, `gpt-both-headers-bad`, `gpt-entry-bad`, `mbr-only`,
 *   `root-is-zfs`, `root-is-encrypted`, `no-ufs-partition`, `no-file-system`
 * @example
 * const disk = openFileSource("guest.raw");
 * const fs = openFileSystem(disk, findRoots(disk)[0]);
 */
export function findRoots(disk: ByteSource): readonly [RootPartition, ...RootPartition[]] {
  requireRawImage(disk);
  const table = readPartitionTable(disk);
  if (table.scheme === "none") return [wholeDisk(disk, table)];
  if (table.scheme === "mbr") {
    throw refusal(disk, table, "mbr-only", "an MBR partition table, expected GPT", USE_OFFICIAL);
  }
  const isType = (type: string) => table.partitions.filter((partition) => partition.type === type);
  const roots = isType(FREEBSD_UFS);
  const pools = isType(FREEBSD_ZFS);
  const candidates = roots.length > 0 ? roots : pools;
  const plain = candidates.filter((one) => !isEncrypted(disk, one, table.sectorBytes));
  if (plain.length === 0 && candidates.length > 0) {
    const found = `GELI encryption on partition ${candidates[0]!.number}, expected a plain file system`;
    throw refusal(disk, table, "root-is-encrypted", found, "give an image that is not encrypted");
  }
  const [first, ...others] = plain.map((partition) => ({ ...partition, table }));
  if (first !== undefined && roots.length > 0) return [first, ...others];
  if (first !== undefined) {
    const found = `a ZFS pool (partition ${first.number}) and no ${FREEBSD_UFS} partition`;
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
  const whole = { number: undefined, label: "", guid: "", attributes: 0n, offsetBytes: 0 };
  return { ...whole, sizeBytes: disk.sizeBytes, table };
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
