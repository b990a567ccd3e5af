import { describe, expect, test } from "vitest";
import { testByteSourceContract } from "../../test/contracts/byte-source-contract.js";
import { memorySource, type ByteSource } from "./byte-source.js";
import { windowedSource } from "./windowed-source.js";

describe("a source read by windows", () =>
  testByteSourceContract((bytes) => windowedSource(memorySource(bytes))));

test("reads across windows, each of them once, and none that is not asked for", () => {
  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) % 251);
  const reads: number[] = [];
  const inner = memorySource(bytes);
  const counted: ByteSource = {
    ...inner,
    read(offset, length) {
      reads.push(offset);
      return inner.read(offset, length);
    },
  };
  const source = windowedSource(counted);
  expect(source.read(131_000, 300_000)).toEqual(bytes.slice(131_000, 431_000));
  expect(source.read(200_000, 10)).toEqual(bytes.slice(200_000, 200_010));
  expect(source.read(999_990, 10)).toEqual(bytes.slice(999_990));
  expect(reads).toEqual([0, 131_072, 262_144, 393_216, 917_504]);
});
