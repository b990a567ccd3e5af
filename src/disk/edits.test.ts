import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource } from "../binary/byte-source.js";
import { editDisk } from "./edits.js";

const SIZE = 300;
const anyEdit = fc
  .record({ offsetBytes: fc.nat(SIZE - 1), bytes: fc.uint8Array({ minLength: 0, maxLength: 60 }) })
  .map(({ offsetBytes, bytes }) => ({
    offsetBytes,
    bytes: bytes.slice(0, SIZE - offsetBytes),
  }));

test("reads as an array does into which the same edits were written", () => {
  fc.assert(
    fc.property(fc.array(anyEdit), fc.nat(SIZE), fc.nat(SIZE), (edits, from, to) => {
      const model = Uint8Array.from({ length: SIZE }, (_, index) => index % 256);
      const disk = editDisk(memorySource(model.slice()), edits);
      for (const edit of edits) model.set(edit.bytes, edit.offsetBytes);
      const [start, end] = [Math.min(from, to), Math.max(from, to)];
      expect(disk.read(start, end - start)).toEqual(model.slice(start, end));
      expect([...disk.view(start, end - start)]).toEqual([...model.slice(start, end)]);
      expect(disk.read(0, SIZE)).toEqual(model);
    }),
    { numRuns: 300 },
  );
});

test("keeps edits by offset, without what a later one covered, and the base as it is", () => {
  const base = memorySource(new Uint8Array(10));
  const disk = editDisk(base);
  disk.write(5, Uint8Array.of(7));
  disk.write(1, Uint8Array.of(1, 2, 3));
  disk.write(2, Uint8Array.of(9));
  disk.write(8, new Uint8Array(0));
  const edits = disk.edits.map(({ offsetBytes, bytes }) => [offsetBytes, ...bytes]);
  expect(edits).toEqual([
    [1, 1],
    [2, 9],
    [3, 3],
    [5, 7],
  ]);
  expect([...disk.read(0, 6)]).toEqual([0, 1, 9, 3, 0, 7]);
  expect(base.read(0, 10)).toEqual(new Uint8Array(10));
});

test("looks at one edit's bytes without a copy, and hands out a copy to whoever reads", () => {
  const bytes = Buffer.from([1, 2, 3, 4]);
  const disk = editDisk(memorySource(new Uint8Array(10)), [{ offsetBytes: 2, bytes }]);
  expect(disk.view(3, 2).buffer).toBe(bytes.buffer);
  expect(disk.read(3, 2).buffer).not.toBe(bytes.buffer);
  expect(disk.view(1, 2)).toEqual(Uint8Array.of(0, 1));
});

test("refuses an edit that passes the end of the disk", () => {
  const disk = editDisk(memorySource(new Uint8Array(10)));
  expect(() => disk.write(9, Uint8Array.of(1, 2))).toThrow(/not inside its 10 bytes/);
});
