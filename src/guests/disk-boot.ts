/**
 * How a disk is booted, and why it cannot be: what is decided for every command before anything is written.
 *
 * | firmware | what it needs of the disk |
 * | --- | --- |
 * | BIOS | 512-byte sectors, code and `55 aa` in the first one; with FreeBSD on a GPT also a freebsd-boot partition that is not empty (gptboot(8)) |
 * | UEFI | an EFI system partition with a FAT file system |
 * | none | bhyve's own loader reads the kernel from the file system; it knows 512-byte sectors only (bhyveload(8)) |
 */
import { LaneError } from "../base/errors.js";
import { readPartitionTable, type PartitionTable } from "../disk/gpt/partition-table.js";
import type { ImageDisk } from "../disk/open-image.js";
import type { DiskBoot } from "../machine/machine.js";

export interface BootWish {
  /** Default: BIOS where the disk can be booted so, else UEFI. */
  readonly firmware?: DiskBoot["firmware"] | undefined;
  /** Whether the disk is booted by its own code, see {@link Hypervisor.needsBootCode}. */
  readonly needsBootCode: boolean;
}

/**
 * @throws LaneError `image-not-bootable` (image) with what is missing for each firmware that was considered
 * @example bootOfDisk(image, { needsBootCode: true }) // { kind: "disk", firmware: "bios" }
 */
export function bootOfDisk(image: ImageDisk, { firmware, needsBootCode }: BootWish): DiskBoot {
  const table = readPartitionTable(image);
  const lacks = {
    bios: needsBootCode ? lackForBios(image, table) : lackForLoader(image),
    uefi: lackForUefi(image, table),
  };
  const considered = firmware === undefined ? (["bios", "uefi"] as const) : [firmware];
  const found = considered.find((one) => lacks[one] === undefined);
  if (found !== undefined) return { kind: "disk", firmware: found };
  const reasons = considered.map(
    (one) => `${one === "bios" ? "by BIOS" : "by UEFI"} because ${lacks[one]}`,
  );
  const other = firmware === "bios" ? "uefi" : "bios";
  const isOtherFine = firmware !== undefined && lacks[other] === undefined;
  throw new LaneError(
    "image-not-bootable",
    `${image.name} cannot be booted ${reasons.join(", nor ")}`,
    {
      hint: isOtherFine
        ? `it can be booted with firmware: "${other}" in the lane's machine`
        : undefined,
      facts: { path: image.name, scheme: table.scheme, sectorBytes: image.sectorBytes },
    },
  );
}

const SIGNATURE_AT = 510;
/** Behind the code stand the disk's identity and the old partition table. */
const CODE_BYTES = 440;

function lackForBios(image: ImageDisk, { partitions }: PartitionTable): string | undefined {
  if (image.sectorBytes !== 512)
    return `its sectors have ${image.sectorBytes} bytes, and a BIOS boots only 512`;
  const signature = signatureAt(image, 0);
  if (signature !== "55aa")
    return `its first sector is no boot sector (found ${signature} at byte ${SIGNATURE_AT}, expected 55aa)`;
  if (isEmpty(image, 0, CODE_BYTES)) return "its first sector has no boot code";
  const isFreebsd = partitions.some(({ type }) => /^freebsd-(?:ufs|zfs)$/.test(type));
  if (!isFreebsd) return undefined;
  const boot = partitions.find(({ type }) => type === "freebsd-boot");
  if (boot === undefined) return "it has no freebsd-boot partition";
  return isEmpty(image, boot.offsetBytes, 512)
    ? `its freebsd-boot partition ${boot.number} is empty`
    : undefined;
}

function lackForLoader({ sectorBytes }: ImageDisk): string | undefined {
  return sectorBytes === 512
    ? undefined
    : `its sectors have ${sectorBytes} bytes, and bhyveload(8) reads only 512`;
}

function lackForUefi(image: ImageDisk, { partitions }: PartitionTable): string | undefined {
  const system = partitions.find(({ type }) => type === "efi" || type === "mbr-0xef");
  if (system === undefined) return "it has no EFI system partition";
  return signatureAt(image, system.offsetBytes) === "55aa"
    ? undefined
    : `its EFI system partition ${system.number} holds no FAT file system`;
}

function signatureAt(image: ImageDisk, offsetBytes: number): string {
  const at = offsetBytes + SIGNATURE_AT;
  if (at + 2 > image.sizeBytes) return `an end after ${image.sizeBytes} bytes`;
  return Buffer.from(image.read(at, 2)).toString("hex");
}

function isEmpty(image: ImageDisk, offsetBytes: number, lengthBytes: number): boolean {
  return image.read(offsetBytes, lengthBytes).every((byte) => byte === 0);
}
