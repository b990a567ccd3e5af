/**
 * What kind of file an image is, by its magic bytes. The staging code edits raw disks; everything else has to be turned
 * into one first, and a compressed or wrapped image that was given as raw is refused here, before anything is parsed.
 *
 * Sources: the formats' own specifications (xz 2.1.1.1, RFC 1952, RFC 8878, QEMU docs/interop/qcow2, VMware VMDK 5.0,
 * Microsoft VHD 1.0 — its footer is in the last 512 bytes — and VHDX, ISO 9660 volume descriptor in sector 16).
 */
import { LaneError } from "../base/errors.js";
import type { Disk } from "./disk.js";

export type ImageFormat = "raw" | keyof typeof REMEDIES;

const QEMU_IMG = "turn it into a raw image with: qemu-img convert -O raw IN OUT";

const REMEDIES = {
  qcow2: QEMU_IMG,
  vmdk: QEMU_IMG,
  vhd: QEMU_IMG,
  vhdx: QEMU_IMG,
  vdi: QEMU_IMG,
  xz: "unpack it with: xz -dk FILE",
  gzip: "unpack it with: gunzip -k FILE",
  bzip2: "unpack it with: bunzip2 -k FILE",
  zstd: "unpack it with: zstd -dk FILE",
  zip: "unpack it with: unzip FILE",
  tar: "unpack it with: tar -xf FILE",
  iso: "this is an installation medium: give a virtual machine image (VM-IMAGES or CI-IMAGES)",
  elf: "this is a program or a kernel: give a disk image, and kernels with --kernel",
} as const;

const MAGICS: readonly {
  readonly format: ImageFormat;
  readonly atBytes: number;
  readonly magic: string;
}[] = [
  { format: "qcow2", atBytes: 0, magic: "QFI\xfb" },
  { format: "xz", atBytes: 0, magic: "\xfd7zXZ\0" },
  { format: "gzip", atBytes: 0, magic: "\x1f\x8b" },
  { format: "bzip2", atBytes: 0, magic: "BZh" },
  { format: "zstd", atBytes: 0, magic: "\x28\xb5\x2f\xfd" },
  { format: "zip", atBytes: 0, magic: "PK\x03\x04" },
  { format: "vmdk", atBytes: 0, magic: "KDMV" },
  { format: "vmdk", atBytes: 0, magic: "# Disk DescriptorFile" },
  { format: "vhd", atBytes: 0, magic: "conectix" },
  { format: "vhdx", atBytes: 0, magic: "vhdxfile" },
  { format: "elf", atBytes: 0, magic: "\x7fELF" },
  { format: "vdi", atBytes: 64, magic: "\x7f\x10\xda\xbe" },
  { format: "tar", atBytes: 257, magic: "ustar" },
  { format: "iso", atBytes: 32769, magic: "CD001" },
];

/** @example recogniseImage(openFileDisk("FreeBSD-15.0-RELEASE-amd64-ufs.raw.xz")) // "xz" */
export function recogniseImage(disk: Disk): ImageFormat {
  const head = Buffer.from(disk.read(0, Math.min(disk.sizeBytes, 33 * 1024)));
  for (const { format, atBytes, magic } of MAGICS) {
    if (head.toString("latin1", atBytes, atBytes + magic.length) === magic) return format;
  }
  if (disk.sizeBytes < 512) return "raw";
  const footer = Buffer.from(disk.read(disk.sizeBytes - 512, 8)).toString("latin1");
  return footer === "conectix" ? "vhd" : "raw";
}

/** @throws LaneError `image-not-raw` that says what it is and how to turn it into a raw disk */
export function requireRawImage(disk: Disk): void {
  const format = recogniseImage(disk);
  if (format === "raw") return;
  throw new LaneError("image-not-raw", `${disk.name}: found ${format}, expected a raw disk image`, {
    hint: REMEDIES[format],
    facts: { disk: disk.name, format },
  });
}
