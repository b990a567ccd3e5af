/**
 * What a file is, by its first bytes: for refusals that name what was found. Only what people give by mistake for a kernel, a
 * disk image or a program.
 *
 * Sources: file(1)'s documentation and the formats' own specifications (xz 2.1.1.1, RFC 1952, RFC 8878, QEMU
 * docs/interop/qcow2, VMware VMDK 5.0, Microsoft VHD 1.0, whose footer is in the last 512 bytes, and VHDX, the ISO 9660
 * volume descriptor in sector 16).
 */
import type { ByteSource } from "./byte-source.js";

export interface FileSignature {
  /** For programs: `gzip`. */
  readonly format: string;
  /** With its article: `a gzip file`. */
  readonly name: string;
  /** What to do about it, if that is always the same. */
  readonly hint?: string;
}

interface Magic extends FileSignature {
  readonly bytes: string;
  readonly offsetBytes?: number;
}

const unpack = (command: string): string => `unpack it with: ${command} FILE`;
const TO_RAW = "turn it into a raw image with: qemu-img convert -O raw FILE OUT";
const MEDIUM =
  "this is an installation medium: give a virtual machine image (VM-IMAGES or CI-IMAGES)";
const PROGRAM = "this is a program or a kernel: give a disk image, and kernels with --kernel";
const PACKAGE = "unpack it with `dpkg-deb -x` and give the file that is in its boot/";

/** In this order: a Debian package is an ar archive, a bzImage begins like an EFI program. */
const MAGICS: readonly Magic[] = [
  { bytes: "\x1f\x8b", format: "gzip", name: "a gzip file", hint: unpack("gunzip -k") },
  { bytes: "\xfd7zXZ\0", format: "xz", name: "an xz file", hint: unpack("xz -dk") },
  { bytes: "\x28\xb5\x2f\xfd", format: "zstd", name: "a zstd file", hint: unpack("zstd -dk") },
  { bytes: "BZh", format: "bzip2", name: "a bzip2 file", hint: unpack("bunzip2 -k") },
  { bytes: "\x04\x22\x4d\x18", format: "lz4", name: "an lz4 file", hint: unpack("unlz4 -k") },
  { bytes: "PK\x03\x04", format: "zip", name: "a zip file", hint: unpack("unzip") },
  { bytes: "!<arch>\ndebian-binary", format: "deb", name: "a Debian package", hint: PACKAGE },
  { bytes: "!<arch>\n", format: "ar", name: "an ar archive" },
  { bytes: "\xed\xab\xee\xdb", format: "rpm", name: "an RPM package", hint: unpack("bsdtar -xf") },
  {
    bytes: "ustar",
    offsetBytes: 257,
    format: "tar",
    name: "a tar archive",
    hint: unpack("tar -xf"),
  },
  { bytes: "070701", format: "cpio", name: "a cpio archive (an initramfs?)" },
  { bytes: "QFI\xfb", format: "qcow2", name: "a qcow2 disk image", hint: TO_RAW },
  { bytes: "KDMV", format: "vmdk", name: "a VMDK disk image", hint: TO_RAW },
  { bytes: "# Disk DescriptorFile", format: "vmdk", name: "a VMDK disk image", hint: TO_RAW },
  { bytes: "conectix", format: "vhd", name: "a VHD disk image", hint: TO_RAW },
  { bytes: "vhdxfile", format: "vhdx", name: "a VHDX disk image", hint: TO_RAW },
  {
    bytes: "\x7f\x10\xda\xbe",
    offsetBytes: 64,
    format: "vdi",
    name: "a VDI disk image",
    hint: TO_RAW,
  },
  { bytes: "CD001", offsetBytes: 32769, format: "iso", name: "an ISO 9660 image", hint: MEDIUM },
  { bytes: "\x27\x05\x19\x56", format: "u-boot", name: "a U-Boot image" },
  { bytes: "\x7fELF", format: "elf", name: "an ELF file", hint: PROGRAM },
  { bytes: "\xcf\xfa\xed\xfe", format: "mach-o", name: "a macOS program" },
  { bytes: "HdrS", offsetBytes: 0x202, format: "bzimage", name: "a Linux kernel (a bzImage)" },
  { bytes: "MZ", format: "pe", name: "an EFI or Windows program" },
  { bytes: "#!", format: "script", name: "a script" },
  { bytes: "\x55\xaa", offsetBytes: 510, format: "boot-sector", name: "a disk or boot sector" },
];

const HEAD_BYTES = 33 * 1024;
const FOOTER_BYTES = 512;

/**
 * The signature of a file, or `undefined` for one that has none of those that are known.
 *
 * @example findSignature(memorySource(Uint8Array.of(0x1f, 0x8b, 8)))?.name // "a gzip file"
 */
export function findSignature(file: ByteSource): FileSignature | undefined {
  const head = Buffer.from(file.read(0, Math.min(HEAD_BYTES, file.sizeBytes)));
  const found = MAGICS.find(({ bytes, offsetBytes = 0 }) => {
    return head.toString("latin1", offsetBytes, offsetBytes + bytes.length) === bytes;
  });
  // A fixed VHD is a raw disk with a footer.
  const footerAt = file.sizeBytes - FOOTER_BYTES;
  const hasFooter = footerAt >= 0 && Buffer.from(file.read(footerAt, 8)).toString() === "conectix";
  return hasFooter ? MAGICS.find(({ format }) => format === "vhd") : found;
}

/** What a file is, in words, whatever it is: `a text file`. */
export function describeFile(file: ByteSource): Omit<FileSignature, "format"> {
  if (file.sizeBytes === 0) return { name: "empty" };
  const signature = findSignature(file);
  if (signature !== undefined) return signature;
  const head = Buffer.from(file.read(0, Math.min(1024, file.sizeBytes)));
  const text = head.toString("latin1");
  if (/^[\t\n\f\r -~]+$/.test(text)) return { name: "a text file" };
  if (/^\0*$/.test(text)) return { name: "a file that begins with zeros" };
  const hex = [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return { name: `a file of unknown kind that begins with ${hex}` };
}
