/**
 * What a file is, by its first bytes: for refusals that name what was found. Source of the numbers: file(1)'s magic
 * collection's documentation and each format's own; only what people hand over by mistake for a kernel, a disk image or a probe.
 */
export interface FileSignature {
  /** With its article: `a gzip file`. */
  readonly name: string;
  /** What to do about it, if that is always the same. */
  readonly hint?: string;
}

/** As many bytes of the file's start as `signatureOf` looks at. */
export const SIGNATURE_BYTES = 1024;

interface Magic extends FileSignature {
  readonly offsetBytes: number;
  readonly bytes: string;
}

const UNPACK = "unpack it first";
const MAGICS: readonly Magic[] = [
  { offsetBytes: 0, bytes: "\x1f\x8b", name: "a gzip file", hint: UNPACK },
  { offsetBytes: 0, bytes: "\xfd7zXZ\0", name: "an xz file", hint: UNPACK },
  { offsetBytes: 0, bytes: "\x28\xb5\x2f\xfd", name: "a zstd file", hint: UNPACK },
  { offsetBytes: 0, bytes: "BZh", name: "a bzip2 file", hint: UNPACK },
  { offsetBytes: 0, bytes: "\x04\x22\x4d\x18", name: "an lz4 file", hint: UNPACK },
  { offsetBytes: 0, bytes: "PK\x03\x04", name: "a zip file", hint: UNPACK },
  {
    offsetBytes: 0,
    bytes: "!<arch>\ndebian-binary",
    name: "a Debian package",
    hint: "unpack it with `dpkg-deb -x` and give the file that is in its boot/",
  },
  { offsetBytes: 0, bytes: "!<arch>\n", name: "an ar archive" },
  { offsetBytes: 0, bytes: "\xed\xab\xee\xdb", name: "an RPM package", hint: UNPACK },
  { offsetBytes: 257, bytes: "ustar", name: "a tar archive", hint: UNPACK },
  { offsetBytes: 0, bytes: "070701", name: "a cpio archive (an initramfs?)" },
  { offsetBytes: 0, bytes: "QFI\xfb", name: "a qcow2 disk image" },
  { offsetBytes: 0, bytes: "KDMV", name: "a VMDK disk image" },
  { offsetBytes: 0, bytes: "conectix", name: "a VHD disk image" },
  { offsetBytes: 0, bytes: "vhdxfile", name: "a VHDX disk image" },
  { offsetBytes: 0, bytes: "\x27\x05\x19\x56", name: "a U-Boot image" },
  { offsetBytes: 0, bytes: "\x7fELF", name: "an ELF file" },
  { offsetBytes: 0, bytes: "\xcf\xfa\xed\xfe", name: "a macOS program" },
  { offsetBytes: 0x202, bytes: "HdrS", name: "a Linux kernel (a bzImage)" },
  { offsetBytes: 0, bytes: "MZ", name: "an EFI or Windows program" },
  { offsetBytes: 0, bytes: "#!", name: "a script" },
  { offsetBytes: 510, bytes: "\x55\xaa", name: "a disk or boot sector" },
];

/**
 * @param head the first `SIGNATURE_BYTES` of the file, or all of it when it is shorter
 * @example signatureOf(Uint8Array.of(0x1f, 0x8b, 8)) // { name: "a gzip file", hint: "unpack it first" }
 */
export function signatureOf(head: Uint8Array): FileSignature {
  const text = Buffer.from(head.subarray(0, SIGNATURE_BYTES)).toString("latin1");
  for (const { offsetBytes, bytes, name, hint } of MAGICS) {
    if (text.startsWith(bytes, offsetBytes)) return hint === undefined ? { name } : { name, hint };
  }
  if (/^[\t\n\f\r -~]+$/.test(text)) return { name: "a text file" };
  if (/^\0*$/.test(text)) return { name: "a file that begins with zeros" };
  return { name: `a file of unknown kind that begins with ${hexOf(head)}` };
}

function hexOf(head: Uint8Array): string {
  return [...head.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
