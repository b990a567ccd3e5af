/**
 * What a Linux kernel file is, and the identity that the running kernel will claim in uname(2).
 *
 * Source: Linux `Documentation/arch/x86/boot.rst` and `Documentation/arch/arm64/booting.rst`.
 *
 * A bzImage begins with a real-mode header; the parts used here, little-endian:
 *
 *     OFFSET  SIZE  MEANING
 *      0x1f1     1  number of 512-byte setup sectors after the first (0 means 4)
 *      0x1f4     4  size of the protected-mode part in 16-byte units
 *      0x1fe     2  0xaa55
 *      0x202     4  "HdrS"
 *      0x206     2  boot protocol version, 0x020f for 2.15
 *      0x20e     2  offset of the kernel's version text, less 0x200
 *      0x236     2  load flags; bit 0: there is a 64-bit entry point
 *      0x258     8  the address that it prefers to run at
 *      0x260     4  how many bytes it needs there until it has found out which memory there is
 *
 * The version text is `RELEASE (USER@HOST) VERSION`, where RELEASE and VERSION are uname's: `6.1.0-56-cloud-amd64
 * (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)`.
 *
 * A vmlinux is an ELF executable that holds its banner, `Linux version RELEASE (USER@HOST) (COMPILER) VERSION`, in a loaded
 * segment. (Debian's 6.1 holds it twice: the first, of an early link, has no build number after the `#` and is not what
 * uname says.) QEMU starts one only if it has the Xen note of type 18 (the PVH entry point).
 */
import { record, u16, u32, u64, u8, text } from "./records.js";
import type { ByteSource } from "./byte-source.js";
import {
  ELF_OS_ABI_FREEBSD,
  elfNotes,
  hasPvhNote,
  readElf,
  SEGMENT_LOAD,
  type Elf,
} from "./elf.js";
import { notAKernel, truncatedKernel, wrongArchitecture } from "./kernel-refusals.js";

export interface LinuxKernel {
  readonly os: "linux";
  readonly arch: "amd64";
  readonly format: "bzImage" | "vmlinux";
  /** `uname -r` of the running kernel: `6.1.0-56-cloud-amd64`. */
  readonly release: string;
  /** `uname -v` of the running kernel: `#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)`. */
  readonly version: string;
  /** Whether QEMU can start it as it is: every bzImage, and a vmlinux with a PVH entry point. */
  readonly startsDirectly: boolean;
  /** How much memory a machine needs for the kernel alone, in bytes: up to the end of what it unpacks or is loaded to. */
  readonly memoryBytes: number;
}

/** Read first: in any other file the header's numbers may be ones that no header has. */
const bootMagic = record("Linux boot header's magic", 0x206, {
  bootFlag: u16(0x1fe),
  magic: text(0x202, 4),
});
const bootHeader = record("Linux boot header", 0x268, {
  setupSectors: u8(0x1f1),
  protectedUnits: u32(0x1f4),
  protocol: u16(0x206),
  versionOffset: u16(0x20e),
  loadFlags: u16(0x236),
  preferredAddress: u64(0x258),
  initBytes: u32(0x260),
});
const EXPECTED = "a Linux kernel for amd64 (a bzImage, or a vmlinux)";
/** The first boot protocol that says whether there is a 64-bit entry point: Linux 3.8. */
const OLDEST_PROTOCOL = 0x020c;
const FLAG_64_BIT = 1;
const MAX_VERSION_BYTES = 512;
const SCAN_CHUNK_BYTES = 4 * 1024 * 1024;
/** A distribution's vmlinux has about 60 MB of loaded segments, debug information not counted. */
const MAX_SCAN_BYTES = 1024 * 1024 * 1024;

/**
 * @param file as `openKernelFile` gives it; only headers are read of a bzImage, a vmlinux is searched for its banner
 * @throws LaneError `kernel-not-a-kernel`, `kernel-wrong-arch`, `kernel-truncated`, `elf-damaged`, `elf-unsupported` (image)
 * @example
 * using file = openKernelFile("/boot/vmlinuz");
 * identifyLinuxKernel(file); // { os: "linux", arch: "amd64", format: "bzImage", release: "6.1.0-56-cloud-amd64", … }
 */
export function identifyLinuxKernel(file: ByteSource): LinuxKernel {
  const elf = readElf(file);
  if (elf !== undefined) return identifyVmlinux(elf);
  const head = new Uint8Array(bootHeader.sizeBytes);
  head.set(file.read(0, Math.min(head.length, file.sizeBytes)));
  const foreign = foreignImage(head);
  if (foreign !== undefined) throw wrongArchitecture(file, foreign, EXPECTED);
  const { bootFlag, magic } = bootMagic.decode(head);
  if (bootFlag !== 0xaa55 || magic !== "HdrS") throw notAKernel(file, EXPECTED);
  const header = bootHeader.decode(head);
  if (header.protocol < OLDEST_PROTOCOL) {
    throw notAKernel(file, EXPECTED, "a Linux kernel older than 3.8", "give a newer kernel");
  }
  if ((header.loadFlags & FLAG_64_BIT) === 0) {
    throw wrongArchitecture(file, "a Linux kernel for i386 (a bzImage)", EXPECTED);
  }
  const setupBytes = ((header.setupSectors || 4) + 1) * 512;
  const expectedBytes = setupBytes + header.protectedUnits * 16;
  if (file.sizeBytes < expectedBytes) throw truncatedKernel(file, expectedBytes);
  const versionAt = header.versionOffset + 0x200;
  const identity = header.versionOffset === 0 ? undefined : versionTextAt(file, versionAt);
  if (identity === undefined) {
    throw notAKernel(file, EXPECTED, `a bzImage without a version text at byte ${versionAt}`);
  }
  const memoryBytes = header.preferredAddress + header.initBytes;
  const common = { os: "linux", arch: "amd64", format: "bzImage" } as const;
  return { ...common, ...identity, startsDirectly: true, memoryBytes };
}

/** What uname(2) says in the running kernel. */
export interface LinuxIdentity {
  readonly release: string;
  readonly version: string;
}

function versionTextAt(file: ByteSource, offsetBytes: number): LinuxIdentity | undefined {
  const length = Math.min(MAX_VERSION_BYTES, file.sizeBytes - offsetBytes);
  if (length <= 0) return undefined;
  const line = Buffer.from(file.read(offsetBytes, length)).toString("latin1").split("\0")[0]!;
  const match = /^(\S+) \(.*?\) (#\S.*?)\s*$/s.exec(line);
  return match ? { release: match[1]!, version: match[2]! } : undefined;
}

/** Kernels of other machines, by the magics of their own headers. */
function foreignImage(head: Uint8Array): string | undefined {
  const at = (offset: number, size: number): string =>
    Buffer.from(head).toString("latin1", offset, offset + size);
  if (at(0x38, 4) === "ARM\x64") return "a Linux kernel for arm64 (an Image)";
  if (at(0x38, 4) === "RSC\x05") return "a Linux kernel for riscv64 (an Image)";
  if (at(0x24, 4) === "\x18\x28\x6f\x01") return "a Linux kernel for arm (a zImage)";
  if (at(0, 2) === "MZ" && at(4, 4) === "zimg") {
    return "a compressed EFI kernel (vmlinuz.efi) of another architecture";
  }
  return undefined;
}

function identifyVmlinux(elf: Elf): LinuxKernel {
  if (elf.type !== "executable" && elf.type !== "shared") {
    throw notAKernel(elf.file, EXPECTED, `an ELF ${elf.type} file`);
  }
  const identity = findBanner(elf);
  if (identity === undefined) {
    const found = elf.osAbi === ELF_OS_ABI_FREEBSD ? "a FreeBSD kernel or program" : "an ELF file";
    throw notAKernel(elf.file, EXPECTED, `${found} without a \`Linux version …\` text in it`);
  }
  if (elf.machine !== "amd64") {
    throw wrongArchitecture(elf.file, `a Linux kernel for ${elf.machine} (a vmlinux)`, EXPECTED);
  }
  const startsDirectly = hasPvhNote(elfNotes(elf));
  const common = { os: "linux", arch: "amd64", format: "vmlinux" } as const;
  return { ...common, ...identity, startsDirectly, memoryBytes: endOfSegments(elf) };
}

function endOfSegments({ segments }: Elf): number {
  const loaded = segments.filter(({ type }) => type === SEGMENT_LOAD);
  return Math.max(0, ...loaded.map((one) => Number(one.physicalAddress) + one.memoryBytes));
}

/** What the banner in a vmlinux says, or `undefined`: debug information alone has none. */
export function findBanner(elf: Elf): LinuxIdentity | undefined {
  let budgetBytes = MAX_SCAN_BYTES;
  for (const { type, offsetBytes, fileBytes } of elf.segments) {
    if (type !== SEGMENT_LOAD) continue;
    const end = Math.min(offsetBytes + fileBytes, elf.file.sizeBytes);
    for (let at = offsetBytes; at < end && budgetBytes > 0; at += SCAN_CHUNK_BYTES) {
      // Chunks overlap by the longest banner, so that none is cut in two.
      const length = Math.min(SCAN_CHUNK_BYTES + 2 * MAX_VERSION_BYTES, end - at);
      const identity = bannerIn(elf.file.read(at, length));
      if (identity !== undefined) return identity;
      budgetBytes -= length;
    }
  }
  return undefined;
}

function bannerIn(bytes: Uint8Array): LinuxIdentity | undefined {
  const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = "Linux version ";
  for (let at = chunk.indexOf(start); at >= 0; at = chunk.indexOf(start, at + 1)) {
    const line = chunk.toString("latin1", at, at + 2 * MAX_VERSION_BYTES);
    const match = /^Linux version (\S+) \([^\n]*\) (#[^\s\0][^\n\0]*)/.exec(line);
    if (match) return { release: match[1]!, version: match[2]!.trimEnd() };
  }
  return undefined;
}
