import { expect, test } from "vitest";
import { requireRawImage } from "./raw-image.js";
import { memorySource } from "../binary/byte-source.js";
import { findSignature } from "../binary/file-signature.js";
import { findRoots } from "./disk-root.js";

function diskStarting(text: string, atBytes = 0): Uint8Array {
  const bytes = new Uint8Array(64 * 1024);
  bytes.set(Buffer.from(text, "latin1"), atBytes);
  return bytes;
}

test.each([
  ["qcow2", "QFI\xfb\0\0\0\x03", 0],
  ["xz", "\xfd7zXZ\0", 0],
  ["gzip", "\x1f\x8b\x08", 0],
  ["bzip2", "BZh91AY", 0],
  ["zstd", "\x28\xb5\x2f\xfd", 0],
  ["zip", "PK\x03\x04", 0],
  ["vmdk", "KDMV", 0],
  ["vmdk", "# Disk DescriptorFile\n", 0],
  ["vhd", "conectix", 0],
  ["vhd", "conectix", 64 * 1024 - 512],
  ["vhdx", "vhdxfile", 0],
  ["vdi", "\x7f\x10\xda\xbe", 64],
  ["tar", "ustar", 257],
  ["iso", "CD001", 32769],
  ["elf", "\x7fELF", 0],
] as const)("recognises %s and refuses it as a disk, with the remedy", (format, magic, atBytes) => {
  const disk = memorySource(diskStarting(magic, atBytes));
  expect(findSignature(disk)?.format).toBe(format);
  expect(() => requireRawImage(disk)).toThrow(
    expect.objectContaining({
      code: "image-not-raw",
      hint: expect.stringMatching(/with: |give/) as string,
    }) as Error,
  );
});

test.each([
  ["a script", "#!/bin/sh\n"],
  ["an EFI or Windows program", "MZ"],
])("refuses %s as a disk", (name, start) => {
  expect(() => requireRawImage(memorySource(diskStarting(start)))).toThrow(`is ${name}, expected`);
});

test("takes everything else for a raw disk, even an empty or tiny one", () => {
  for (const size of [0, 1, 511, 512, 40_000])
    expect(() => requireRawImage(memorySource(new Uint8Array(size)))).not.toThrow();
});

test("refuses a file that is no disk at all", () => {
  for (const size of [0, 100, 5000, 400_000]) {
    const bytes = new Uint8Array(size).fill(0x41);
    expect(() => findRoots(memorySource(bytes))[0]).toThrow(
      /neither a partition table nor a UFS superblock/,
    );
  }
});

test("refuses an MBR-only disk", () => {
  const bytes = new Uint8Array(400_000);
  bytes.set([0x80, 0, 0, 0, 0xa5, 0, 0, 0, 63, 0, 0, 0, 30, 0, 0, 0], 446);
  bytes.set([0x55, 0xaa], 510);
  expect(() => findRoots(memorySource(bytes))[0]).toThrow(
    expect.objectContaining({ code: "mbr-only" }) as Error,
  );
});
