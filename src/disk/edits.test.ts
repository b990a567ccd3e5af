import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource } from "../binary/byte-source.js";
import { recordEdits } from "./edits.js";

const SIZE = 300;
const anyEdit = fc
  .record({ offsetBytes: fc.nat(SIZE - 1), bytes: fc.uint8Array({ minLength: 0, maxLength: 60 }) })
  .map(({ offsetBytes, bytes }) => ({
    offsetBytes,
    bytes: bytes.slice(0, SIZE - offsetBytes),
    why: "test",
  }));

test("reads as an array does into which the same edits were written", () => {
  fc.assert(
    fc.property(fc.array(anyEdit), fc.nat(SIZE), fc.nat(SIZE), (edits, from, to) => {
      const model = Uint8Array.from({ length: SIZE }, (_, index) => index % 256);
      const disk = recordEdits(memorySource(model.slice()), edits);
      for (const edit of edits) model.set(edit.bytes, edit.offsetBytes);
      const [start, end] = [Math.min(from, to), Math.max(from, to)];
      expect(disk.read(start, end - start)).toEqual(model.slice(start, end));
      expect([...disk.view(start, end - start)]).toEqual([...model.slice(start, end)]);
      expect(disk.read(0, SIZE)).toEqual(model);
    }),
    { numRuns: 300 },
  );
});

test("keeps every edit in the order in which it was made, and the base as it is", () => {
  const base = memorySource(new Uint8Array(10));
  const disk = recordEdits(base);
  disk.write(2, Uint8Array.of(1, 2), "first");
  disk.write(3, Uint8Array.of(9), "second");
  disk.write(5, new Uint8Array(0), "nothing");
  expect(disk.edits.map(({ why }) => why)).toEqual(["first", "second"]);
  expect([...disk.read(2, 2)]).toEqual([1, 9]);
  expect(base.read(0, 10)).toEqual(new Uint8Array(10));
});

test("looks at one edit's bytes without a copy, and hands out a copy to whoever reads", () => {
  const bytes = Buffer.from([1, 2, 3, 4]);
  const disk = recordEdits(memorySource(new Uint8Array(10)), [{ offsetBytes: 2, bytes, why: "" }]);
  expect(disk.view(3, 2).buffer).toBe(bytes.buffer);
  expect(disk.read(3, 2).buffer).not.toBe(bytes.buffer);
  expect(disk.view(1, 2)).toEqual(Uint8Array.of(0, 1));
});

test("refuses an edit that passes the end of the disk", () => {
  const disk = recordEdits(memorySource(new Uint8Array(10)));
  expect(() => disk.write(9, Uint8Array.of(1, 2), "too long")).toThrow(/not inside its 10 bytes/);
});
