import { expect, test } from "vitest";
import { memorySource } from "../../../binary/byte-source.js";
import { readElf } from "../../../binary/elf.js";
import { buildElf } from "../../../../test/fixtures/elf-file.js";
import { kernelImage } from "./kernel-image.js";
import { METADATA } from "./metadata.js";

const KERNBASE = 0xffffffff80000000n;

test("segments lie where they are linked less KERNBASE, and the symbols behind the last one", () => {
  const elf = buildElf({
    osAbi: 9,
    segments: [
      { type: 1, address: KERNBASE + 0x200000n, bytes: Buffer.alloc(16, 1) },
      { type: 1, address: KERNBASE + 0x300000n, bytes: Buffer.alloc(4, 2), memoryBytes: 0x1001 },
      { type: 2, address: KERNBASE + 0x200008n, bytes: Buffer.alloc(8) },
    ],
    sections: [
      { name: "", type: 0, bytes: Buffer.alloc(0) },
      { name: ".symtab", type: 2, link: 2, bytes: Buffer.alloc(24, 3) },
      { name: ".strtab", type: 3, bytes: Buffer.from("\0name\0") },
    ],
  });
  const { pieces, file, endAddress } = kernelImage(readElf(memorySource(elf))!, "/boot/k/kernel");
  expect(
    pieces.map(({ address, bytes, memoryBytes }) => [address, bytes.length, memoryBytes]),
  ).toEqual([
    [0x200000, 16, 16],
    [0x300000, 4, 0x1001],
    [0x301008, 48, 48],
  ]);
  expect(Buffer.from(pieces[2]!.bytes).toString("hex")).toBe(
    `1800000000000000${"03".repeat(24)}0600000000000000006e616d65000000`,
  );
  expect([file.address, file.sizeBytes, endAddress]).toEqual([0x200000, 0x101038, 0x301038]);
  const value = (type: number) => Buffer.from(new Map(file.records).get(type)!).readBigUInt64LE();
  expect(value(METADATA.symbolsFrom)).toBe(0x301008n);
  expect(value(METADATA.symbolsTo)).toBe(0x301038n);
  expect(value(METADATA.dynamic)).toBe(KERNBASE + 0x200008n);
});

test("a kernel without symbols ends with its last segment", () => {
  const elf = buildElf({
    segments: [{ type: 1, address: KERNBASE + 0x200000n, bytes: Buffer.alloc(3) }],
  });
  const { pieces, file, endAddress } = kernelImage(readElf(memorySource(elf))!, "/boot/k/kernel");
  expect([pieces.length, endAddress]).toEqual([1, 0x200008]);
  expect(file.records.map(([type]) => type)).toEqual([METADATA.elfHeader]);
});
