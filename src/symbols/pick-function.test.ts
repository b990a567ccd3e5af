import { describe, expect, test } from "vitest";
import type { ElfFunction } from "../binary/elf-functions.js";
import type { Frame } from "../console/stack.js";
import { sameBuildId } from "./prove.js";
import { pickFunction, type PickRules } from "./pick-function.js";

const TEXT = 0xffffffff81000000n;

const at = (offset: number, sizeBytes: number, spanBytes = 16): ElfFunction => ({
  name: "init_once",
  value: TEXT + BigInt(offset),
  section: 1,
  sizeBytes,
  spanBytes,
});

const frame = (more: Partial<Frame> = {}): Frame => ({
  function: "init_once",
  offsetBytes: 4,
  reliable: true,
  ...more,
});

const pick = (
  candidates: readonly ElfFunction[],
  more: Partial<Frame> = {},
  rules: Partial<PickRules> = {},
): bigint | string => {
  const picked = pickFunction(frame(more), candidates, { file: "vmlinux", ...rules });
  return "problem" in picked ? picked.problem : picked.function.value - TEXT;
};

test("takes the only function of a name", () => {
  expect(pick([at(0, 10)])).toBe(0n);
});

test("takes two names of one place for one function", () => {
  expect(pick([at(0, 0), at(0, 10)])).toBe(0n);
});

describe("of several functions of a name", () => {
  test.each<[string, readonly ElfFunction[], Partial<Frame>, bigint]>([
    ["the one of the size that Linux prints", [at(0, 10), at(32, 20, 32)], { sizeBytes: 32 }, 32n],
    ["the one of the compiler's size", [at(0, 10, 64), at(32, 20, 64)], { sizeBytes: 20 }, 32n],
    [
      "the one that is padded up to it",
      [at(0, 300, 512), at(32, 40, 512)],
      { sizeBytes: 48, offsetBytes: 20 },
      32n,
    ],
    ["the only one that is long enough", [at(0, 10), at(32, 20, 32)], { offsetBytes: 30 }, 32n],
  ])("takes %s", (_, candidates, more, offset) => {
    expect(pick(candidates, more)).toBe(offset);
  });

  test("takes the one at the address, where the kernel is not moved", () => {
    const address = `0x${(TEXT + 36n).toString(16)}`;
    expect(pick([at(0, 10), at(32, 10)], { address }, { slideBytes: 0n })).toBe(32n);
  });

  test("takes the one that a move by whole large pages leads to", () => {
    const address = `0x${(TEXT + 36n + 5n * 0x20_0000n).toString(16)}`;
    expect(pick([at(0, 10), at(32, 10)], { address }, { slideBytes: 0x20_0000n })).toBe(32n);
  });

  test("takes none rather than a wrong one", () => {
    expect(pick([at(0, 10), at(32, 10)])).toBe(
      "vmlinux has 2 functions init_once, and the line does not say which",
    );
    expect(pick([at(0, 10), at(32, 10)], { sizeBytes: 16 })).toMatch(/which$/);
    expect(
      pick([at(0, 10), at(32, 10)], { address: "0x12345678" }, { slideBytes: 0x20_0000n }),
    ).toMatch(/which$/);
  });
});

describe("refuses", () => {
  test.each<[string, readonly ElfFunction[], Partial<Frame>, Partial<PickRules>, RegExp]>([
    ["a name that the file does not have", [], {}, {}, /^vmlinux has no function init_once$/],
    [
      "another size",
      [at(0, 10)],
      { sizeBytes: 400 },
      {},
      /0xa bytes in vmlinux, and 0x190 .*another build/,
    ],
    ["a place behind the end", [at(0, 10)], { offsetBytes: 17 }, {}, /\+0x11 is behind the end/],
    [
      "an instruction at the end",
      [at(0, 10)],
      { offsetBytes: 16, isExact: true },
      {},
      /behind the end/,
    ],
    [
      "another address",
      [at(0, 10)],
      { address: "0xffffffff82000000" },
      { slideBytes: 0n },
      /is not at 0xffffffff82000000 in vmlinux/,
    ],
  ])("%s", (_, candidates, more, rules, problem) => {
    expect(pick(candidates, more, rules)).toMatch(problem);
  });

  test("a line that does not say where in the function", () => {
    const picked = pickFunction({ function: "f", reliable: true }, [at(0, 10)], {
      file: "vmlinux",
    });
    expect(picked).toEqual({ problem: "the line of f does not say how far into it" });
  });
});

test("takes a return address behind a last call that does not come back", () => {
  expect(pick([at(0, 16)], { offsetBytes: 16, sizeBytes: 16 })).toBe(0n);
});

test("looks for the name as it was printed", () => {
  expect(pick([], { symbol: "init_once.isra.0" })).toContain("init_once.isra.0");
});

test.each([
  ["AB".repeat(20), "ab".repeat(20), true],
  ["ab".repeat(32), "ab".repeat(20), true],
  [`${"ab".repeat(16)}00000000`, "ab".repeat(16), true],
  ["ab".repeat(20), "ac".repeat(20), false],
  ["ab", "ab".repeat(20), false],
])("takes the build ids %s and %s for one: %s", (one, other, is) => {
  expect([sameBuildId(one, other), sameBuildId(other, one)]).toEqual([is, is]);
});
