import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource } from "./byte-source.js";
import { openKernelFile } from "../guests/kernel-file.js";
import { identifyLinuxKernel } from "./linux-kernel.js";
import { buildElf, elfNote } from "../../test/fixtures/elf-file.js";
import { tempFolder } from "../../test/temp-folder.js";

const RELEASE = "6.1.0-56-cloud-amd64";
const VERSION = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)";
const BANNER_START = `Linux version ${RELEASE} (a@b) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld 2.40) `;

interface Image {
  readonly loadFlags?: number;
  readonly protocol?: number;
  readonly versionText?: string;
  readonly bytes?: number;
}

function bzImage(image: Image = {}): Buffer {
  const file = Buffer.alloc(image.bytes ?? 8192);
  file.writeUInt8(3, 0x1f1);
  file.writeUInt32LE((8192 - 2048) / 16, 0x1f4);
  file.writeUInt16LE(0xaa55, 0x1fe);
  file.write("HdrS", 0x202);
  file.writeUInt16LE(image.protocol ?? 0x20f, 0x206);
  file.writeUInt16LE(0x400, 0x20e);
  file.writeUInt16LE(image.loadFlags ?? 0x7f, 0x236);
  file.writeBigUInt64LE(0x1000000n, 0x258);
  file.writeUInt32LE(53_968_896, 0x260);
  file.write(`${image.versionText ?? `${RELEASE} (a@b.org) ${VERSION}`}\0`, 0x600);
  return file;
}

function vmlinux(banner: string, machine = 62): Buffer {
  return buildElf({
    machine,
    segments: [
      { type: 1, bytes: Buffer.concat([Buffer.alloc(5000), Buffer.from(banner), Buffer.alloc(9)]) },
      { type: 4, bytes: elfNote("Xen", 18, Buffer.alloc(8)) },
    ],
  });
}

const identify = (bytes: Uint8Array) => identifyLinuxKernel(memorySource(bytes, "k"));

test("names the release and version that uname will give of a bzImage", () => {
  expect(identify(bzImage())).toEqual({
    os: "linux",
    arch: "amd64",
    format: "bzImage",
    release: RELEASE,
    version: VERSION,
    startsDirectly: true,
    memoryBytes: 0x1000000 + 53_968_896,
  });
});

test("takes a build's number that is no number, as KBUILD_BUILD_VERSION may set it", () => {
  const version = "#cb07cb39958cb9f3 SMP Mon Nov 16 10:17:40 UTC 2026";
  expect(identify(bzImage({ versionText: `${RELEASE} (a@b.org) ${version}` }))).toMatchObject({
    version,
  });
  expect(identify(vmlinux(`${BANNER_START}${version}\n\0`))).toMatchObject({ version });
});

test("finds the banner of a vmlinux past an early one without a build number", () => {
  const file = vmlinux(`${BANNER_START}# SMP\n\0${BANNER_START}${VERSION}\n\0`);
  expect(identify(file)).toEqual({
    os: "linux",
    arch: "amd64",
    format: "vmlinux",
    release: RELEASE,
    version: VERSION,
    startsDirectly: true,
    memoryBytes: 5248,
  });
});

test("says that a vmlinux without a PVH entry point does not start directly", () => {
  const text = Buffer.from(`${BANNER_START}${VERSION}\n\0`);
  const file = buildElf({ segments: [{ type: 1, bytes: text }] });
  expect(identify(file)).toMatchObject({ format: "vmlinux", startsDirectly: false });
});

test("finds a banner that lies across two chunks of the search", () => {
  const chunkBytes = 4 * 1024 * 1024;
  for (const shift of [60, 119, 120, 121]) {
    const lead = Buffer.alloc(chunkBytes - shift);
    const bytes = Buffer.concat([lead, Buffer.from(`${BANNER_START}${VERSION}\n\0`)]);
    expect(identify(buildElf({ segments: [{ type: 1, bytes }] })).version).toBe(VERSION);
  }
});

const arm64Image = Buffer.alloc(4096);
arm64Image.write("ARM\x64", 0x38);
const riscvImage = Buffer.alloc(4096);
riscvImage.write("RSC\x05", 0x38);

test.each([
  ["kernel-wrong-arch", "for arm64 (an Image)", arm64Image],
  ["kernel-wrong-arch", "for riscv64 (an Image)", riscvImage],
  ["kernel-wrong-arch", "for i386 (a bzImage)", bzImage({ loadFlags: 0 })],
  ["kernel-wrong-arch", "for arm64 (a vmlinux)", vmlinux(`${BANNER_START}${VERSION}\n`, 183)],
  ["kernel-truncated", "found 8191 bytes, expected at least 8192", bzImage().subarray(0, 8191)],
  ["kernel-not-a-kernel", "older than 3.8", bzImage({ protocol: 0x20a })],
  ["kernel-not-a-kernel", "without a version text", bzImage({ versionText: "?" })],
  ["kernel-not-a-kernel", "a gzip file", Buffer.from([0x1f, 0x8b, 8, 0])],
  [
    "kernel-not-a-kernel",
    "a gzip file",
    Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(4096, 0xff)]),
  ],
  ["kernel-not-a-kernel", "a Debian package", Buffer.from("!<arch>\ndebian-binary   1")],
  ["kernel-not-a-kernel", "a text file", Buffer.from("root:x:0:0\n")],
  ["kernel-not-a-kernel", "begins with de ad be ef", Buffer.from([0xde, 0xad, 0xbe, 0xef])],
  ["kernel-not-a-kernel", "an ELF relocatable file", buildElf({ type: 1 })],
  ["kernel-not-a-kernel", "a FreeBSD kernel or program", buildElf({ osAbi: 9 })],
  ["elf-damaged", "it ends after 20 bytes", buildElf({}).subarray(0, 20)],
] satisfies [string, string, Uint8Array][])("refuses with %s: %s", (code, found, bytes) => {
  expect(() => identify(bytes)).toThrow(
    expect.objectContaining({
      code,
      who: "image",
      message: expect.stringContaining(found) as string,
    }),
  );
});

test("tells what to do with a package and with a compressed kernel", () => {
  expect(() => identify(Buffer.from("!<arch>\ndebian-binary   1"))).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("dpkg-deb -x") as string }),
  );
  expect(() => identify(Buffer.from([0x1f, 0x8b]))).toThrow(
    expect.objectContaining({ hint: "unpack it with: gunzip -k FILE" }),
  );
});

test("refuses a path that leads to no file that can be read", () => {
  const folder = tempFolder("kernel");
  const at = (name: string): string => join(folder, name);
  mkdirSync(at("folder"));
  writeFileSync(at("empty"), "");
  symlinkSync("loop", at("loop"));
  for (const [name, code] of [
    ["folder", "kernel-not-a-file"],
    ["empty", "kernel-empty"],
    ["nothing", "kernel-not-found"],
    ["loop", "kernel-unreadable"],
  ] as const) {
    expect(() => openKernelFile(at(name))).toThrow(expect.objectContaining({ code, who: "image" }));
  }
});

test("reads a few kilobytes of a bzImage, whatever its size", () => {
  const path = join(tempFolder("kernel"), "kernel");
  writeFileSync(path, bzImage());
  truncateSync(path, 64 * 1024 * 1024);
  using file = openKernelFile(path);
  let readBytes = 0;
  identifyLinuxKernel({
    ...file,
    read(offsetBytes, lengthBytes) {
      readBytes += lengthBytes;
      return file.read(offsetBytes, lengthBytes);
    },
  });
  expect(readBytes).toBeLessThan(4096);
});

test("any damage of a kernel ends in an identity or in a refusal of ours", () => {
  const files = [bzImage(), vmlinux(`${BANNER_START}${VERSION}\n`)];
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.nat(0x300),
      fc.nat(255),
      fc.nat(8192),
      (file, at, value, length) => {
        const bytes = Buffer.from(file.with(at, value)).subarray(0, length);
        try {
          identify(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: "LaneError", who: "image" });
        }
      },
    ),
  );
});
