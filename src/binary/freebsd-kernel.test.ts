import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource } from "./byte-source.js";
import { identifyFreebsdKernel } from "./freebsd-kernel.js";
import { buildElf, elfNote, symbolSections, type TestElf } from "../../test/fixtures/elf-file.js";

const BASE = 0xffffffff80200000n;
const VERSION =
  "FreeBSD 15.0-STABLE #0 stable/15-n281000: Fri Nov 20 10:00:00 UTC 2026\n    dev@host:/tmp/twqobj/usr/src/amd64.amd64/sys/TWQDEBUG";
const CONFIG =
  "machine\tamd64\nident\tTWQDEBUG\noptions\tTHRWORKQ\noptions\tDDB\noptions\tMAXCPU=64\ndevice\tpci\n";

function variables(): Buffer {
  const bytes = Buffer.alloc(1024);
  bytes.write(`${VERSION}\n\0`, 0);
  bytes.write("TWQDEBUG\0", 512);
  bytes.writeInt32LE(1500500, 600);
  bytes.write("15.0-STABLE\0", 640);
  return bytes;
}

const SYMBOLS = [
  { name: "db_version", address: BASE + 700n },
  { name: "version", address: BASE },
  { name: "kern_ident", address: BASE + 512n },
  { name: "osreldate", address: BASE + 600n },
  { name: "osrelease", address: BASE + 640n },
];

function kernel(changes: TestElf & { readonly interpreter?: string } = {}): Buffer {
  return buildElf({
    osAbi: 9,
    segments: [
      { type: 3, bytes: Buffer.from(`${changes.interpreter ?? "/red/herring"}\0`) },
      { type: 1, address: BASE, bytes: variables() },
      { type: 4, bytes: elfNote("Xen", 18, Buffer.alloc(4)) },
    ],
    sections: [
      { name: "", type: 0, bytes: Buffer.alloc(0) },
      ...symbolSections(SYMBOLS, 2),
      { name: "kern_conf", type: 1, bytes: Buffer.from(`${CONFIG}\0`) },
    ],
    ...changes,
  });
}

const identify = (bytes: Uint8Array) => identifyFreebsdKernel(memorySource(bytes, "kernel"));

test("names the identity that sysctl will show of the running kernel", () => {
  expect(identify(kernel())).toEqual({
    os: "freebsd",
    arch: "amd64",
    ident: "TWQDEBUG",
    version: VERSION,
    release: "15.0-STABLE",
    osreldate: 1500500,
    options: ["THRWORKQ", "DDB", "MAXCPU"],
    startsDirectly: true,
  });
});

test("does without a configuration and without a PVH entry point", () => {
  const file = kernel({
    segments: [
      { type: 3, bytes: Buffer.from("/red/herring\0") },
      { type: 1, address: BASE, bytes: variables() },
    ],
    sections: [{ name: "", type: 0, bytes: Buffer.alloc(0) }, ...symbolSections(SYMBOLS, 2)],
  });
  expect(identify(file)).toMatchObject({ options: undefined, startsDirectly: false });
});

test("takes no symbol whose name only ends alike, nor one that is not defined here", () => {
  const symbols = [
    { name: "not_version", address: BASE + 512n },
    ...SYMBOLS.filter(({ name }) => name !== "version"),
    { name: "version", address: BASE + 512n, section: 0 },
  ];
  const file = kernel({
    sections: [{ name: "", type: 0, bytes: Buffer.alloc(0) }, ...symbolSections(symbols, 2)],
  });
  expect(() => identify(file)).toThrow("without the kernel's symbols version");
});

const linuxKernel = Buffer.alloc(1024);
linuxKernel.write("MZ");
linuxKernel.write("HdrS", 0x202);

test.each([
  ["kernel-not-a-kernel", "a text file", Buffer.from("hello\n")],
  ["kernel-not-a-kernel", "a Linux kernel (a bzImage)", linuxKernel],
  ["kernel-not-a-kernel", "a gzip file", Buffer.from([0x1f, 0x8b, 8])],
  ["kernel-not-a-kernel", "a kernel module or an object file", kernel({ type: 1 })],
  [
    "kernel-not-a-kernel",
    "a FreeBSD program or library for amd64",
    kernel({ interpreter: "/libexec/ld-elf.so.1" }),
  ],
  ["kernel-not-a-kernel", "a program or library for amd64", kernel({ osAbi: 0, segments: [] })],
  [
    "kernel-not-a-kernel",
    "the debug symbols of an ELF file",
    kernel({ sections: [{ name: ".text", type: 8, bytes: Buffer.alloc(0) }] }),
  ],
  ["kernel-wrong-arch", "a FreeBSD kernel for arm64", kernel({ machine: 183 })],
  [
    "kernel-not-a-kernel",
    "is not in the file",
    kernel({
      segments: [
        { type: 3, bytes: Buffer.from("/red/herring\0") },
        { type: 1, address: BASE, bytes: variables().subarray(0, 600) },
      ],
    }),
  ],
  ["elf-damaged", "but the file ends at", kernel().subarray(0, 700)],
  ["elf-unsupported", "a 32-bit little-endian", Buffer.from(kernel().with(4, 1))],
] satisfies [string, string, Uint8Array][])("refuses with %s: %s", (code, found, bytes) => {
  expect(() => identify(bytes)).toThrow(
    expect.objectContaining({
      code,
      who: "image",
      message: expect.stringContaining(found) as string,
    }),
  );
});

test("any damage of a kernel ends in an identity or in a refusal of ours", () => {
  const file = kernel();
  fc.assert(
    fc.property(fc.nat(700), fc.nat(255), fc.nat(file.length), (at, value, length) => {
      const bytes = Buffer.from(file.with(at, value)).subarray(0, length);
      try {
        identify(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: "LaneError", who: "image" });
      }
    }),
  );
});
