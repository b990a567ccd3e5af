import fc from "fast-check";
import { expect, test } from "vitest";
import { buildElf, symbolSections } from "../../test/fixtures/elf-file.js";
import { memorySource } from "./byte-source.js";
import { readElf, type Elf } from "./elf.js";
import { findElfFunctions } from "./elf-functions.js";

const CODE = 4;

interface TestSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly sizeBytes: number;
  readonly kind: number;
  readonly section: number;
}

/** Sections 1 and 2 have code, 3 has data. */
function elfOf(symbols: readonly TestSymbol[], type = 1): Elf {
  const empty = Buffer.alloc(16);
  const [table, strings] = symbolSections(symbols, 5);
  const bytes = buildElf({
    type,
    sections: [
      { name: "", type: 0, bytes: Buffer.alloc(0) },
      { name: ".text", type: 1, flags: 2 | CODE, bytes: empty },
      { name: ".init.text", type: 1, flags: 2 | CODE, bytes: empty },
      { name: ".data", type: 1, flags: 2, bytes: empty },
      { ...table!, name: ".symtab", type: 2 },
      { ...strings!, name: ".strtab" },
    ],
  });
  return readElf(memorySource(bytes, "vmlinux"))!;
}

const functionOf = (name: string, address: number, sizeBytes = 8, section = 1): TestSymbol => ({
  name,
  address: BigInt(address),
  sizeBytes,
  kind: 2,
  section,
});

test("finds every function of a name, with the distance to what comes behind it", () => {
  const elf = elfOf([
    functionOf("init_once", 0, 12),
    functionOf("other", 16),
    functionOf("init_once", 0x40, 3, 2),
    { ...functionOf("label", 0x48, 0, 2), kind: 0 },
  ]);
  expect([...findElfFunctions(elf, ["init_once", "missing"])]).toEqual([
    [
      "init_once",
      [
        { name: "init_once", value: 0n, section: 1, sizeBytes: 12, spanBytes: 16 },
        { name: "init_once", value: 0x40n, section: 2, sizeBytes: 3, spanBytes: 8 },
      ],
    ],
  ]);
});

test("takes no data, nothing that is defined elsewhere, and no part of a longer name", () => {
  const elf = elfOf([
    functionOf("f", 0, 8, 3),
    functionOf("f", 0, 8, 0),
    { ...functionOf("f", 0), kind: 1 },
    functionOf("f2", 8),
  ]);
  expect(findElfFunctions(elf, ["f"]).size).toBe(0);
});

test("finds a name that lies across the parts that are read", () => {
  const filler = functionOf("x".repeat(4 * 1024 * 1024 - 4), 0);
  const elf = elfOf([filler, functionOf("across", 8)]);
  expect(findElfFunctions(elf, ["across"]).get("across")).toMatchObject([{ value: 8n }]);
});

const symbol = fc.record({
  name: fc.constantFrom("a", "b", "ab", "init_once", "once"),
  address: fc.bigInt({ min: 0n, max: 64n }),
  sizeBytes: fc.nat(16),
  kind: fc.constantFrom(0, 1, 2, 3, 10),
  section: fc.constantFrom(0, 1, 2, 3),
});

test("agrees with a search of the whole list, whatever it holds", () => {
  fc.assert(
    fc.property(fc.array(symbol, { maxLength: 60 }), (symbols) => {
      const found = findElfFunctions(elfOf(symbols), ["a", "ab", "init_once"]);
      for (const name of ["a", "ab", "init_once"]) {
        const expected = symbols
          .filter((one) => one.name === name && [0, 2, 10].includes(one.kind))
          .filter(({ section }) => section === 1 || section === 2)
          .map(({ address, section, sizeBytes }) => {
            const behind = symbols
              .filter((one) => one.section === section && one.address > address && one.kind !== 3)
              .map((one) => Number(one.address - address));
            const spanBytes = behind.length === 0 ? 0 : Math.min(...behind);
            return { name, value: address, section, sizeBytes, spanBytes };
          });
        expect(found.get(name) ?? []).toEqual(expected);
      }
    }),
    { numRuns: 200 },
  );
});

test("refuses a damaged file in words, and never otherwise", () => {
  const whole = Buffer.from(
    buildElf({
      type: 1,
      sections: [
        { name: "", type: 0, bytes: Buffer.alloc(0) },
        { name: ".text", type: 1, flags: 2 | CODE, bytes: Buffer.alloc(16) },
        ...symbolSections([{ name: "f", address: 0n, kind: 2 }], 3).map((one) =>
          one.name === ".dynsym" ? { ...one, type: 2 } : one,
        ),
      ],
    }),
  );
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      try {
        const elf = readElf(memorySource(bytes, "vmlinux"));
        if (elf !== undefined) findElfFunctions(elf, ["f"]);
      } catch (error) {
        expect(error).toMatchObject({ name: "LaneError" });
      }
    }),
    { numRuns: 2000 },
  );
});
