import { expect, test } from "vitest";
import { buildElf, symbolSections } from "../../test/fixtures/elf-file.js";
import type { ByteSource } from "./byte-source.js";
import { readElf } from "./elf.js";
import { findElfSymbolAt } from "./elf-symbols.js";

const TEXT = 0xffffffff80387000n;
const FUNCTION = 2;

function elfOf(symbols: Parameters<typeof symbolSections>[0]) {
  const bytes = buildElf({
    sections: [{ name: "", type: 0, bytes: Buffer.alloc(0) }, ...symbolSections(symbols, 2)],
  });
  const file: ByteSource = {
    name: "kernel",
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
  return readElf(file)!;
}

const kernel = elfOf([
  { name: "twq_recurse", address: TEXT + 64n, sizeBytes: 32, kind: FUNCTION },
  { name: "twq_open", address: TEXT, sizeBytes: 48, kind: FUNCTION },
  { name: "twq_names", address: TEXT + 8n, sizeBytes: 400, kind: 1 },
  { name: "elsewhere", address: TEXT + 70n, sizeBytes: 400, kind: FUNCTION, section: 0 },
  { name: "asm_entry", address: TEXT + 4096n },
]);

test.each([
  ["its first byte", 64, { name: "twq_recurse", offsetBytes: 0 }],
  ["a byte within it", 84, { name: "twq_recurse", offsetBytes: 20 }],
  ["a function that lies under data", 12, { name: "twq_open", offsetBytes: 12 }],
  ["code of an assembler, which has no size", 4100, { name: "asm_entry", offsetBytes: 4 }],
])("names a function by %s", (_, offset, found) => {
  expect(findElfSymbolAt(kernel, TEXT + BigInt(offset))).toEqual(found);
});

test.each([
  ["between functions", 56],
  ["before all of them", -1],
  ["far behind all of them, as a module is", 1 << 24],
])("names none %s", (_, offset) => {
  expect(findElfSymbolAt(kernel, TEXT + BigInt(offset))).toBeUndefined();
});
