import { expect, test } from "vitest";
import { memorySource } from "../../../binary/byte-source.js";
import { sectionTable } from "../../../binary/elf.js";
import { buildFreebsdKernel } from "../../../../test/fixtures/freebsd-kernel-file.js";
import { buildModule } from "../../../../test/fixtures/freebsd-module-file.js";
import { METADATA } from "./metadata.js";
import { moduleImage } from "./module-image.js";

const AT = 0x400000;

test("sections follow each other, each at its own alignment and where its header says", () => {
  const module = buildModule({ needs: ["kernel"], provides: ["one"] });
  const { file, bytes } = moduleImage(memorySource(module, "one.ko"), "/boot/kernel/one.ko", AT);
  expect(file).toMatchObject({ type: "elf obj module", address: AT, sizeBytes: bytes.length });
  const headers = new Map(file.records).get(METADATA.sectionHeaders)!;
  const sections = sectionTable.decodeArray(headers, headers.length / sectionTable.sizeBytes);
  const placed = sections.map(({ address }) => Number(address));
  // .text, .data, the set; symbols, their names and the sections' names; the relocations of both.
  const order = [1, 2, 3, 6, 7, 8, 4, 5].map((index) => placed[index]!);
  expect(placed[0]).toBe(0);
  expect(order).toEqual([...order].sort((one, other) => one - other));
  expect([order[0], order[1]]).toEqual([AT, AT + 32]);
  for (const { address, alignBytes, offsetBytes, sizeBytes } of sections.slice(1)) {
    expect(Number(address) % Math.max(1, alignBytes)).toBe(0);
    const from = Number(address) - AT;
    const content = module.subarray(offsetBytes, offsetBytes + sizeBytes);
    expect(Buffer.from(bytes.subarray(from, from + sizeBytes)).equals(content)).toBe(true);
  }
});

test.each([
  ["a kernel", buildFreebsdKernel({ ident: "GENERIC" })],
  ["a text", Buffer.from("no module\n")],
])("refuses %s", (_, file) => {
  expect(() => moduleImage(memorySource(file, "one.ko"), "/boot/one.ko", AT)).toThrow(
    /one\.ko is no kernel module/,
  );
});
