/**
 * What every disk has to do, as one suite: `disk.ts` states the contract, and each implementation's test calls this.
 */
import { expect, test } from "vitest";
import type { ByteSource } from "../../src/binary/byte-source.js";

/** `open` makes a disk of exactly these bytes. */
export function testByteSourceContract(open: (bytes: Uint8Array) => ByteSource): void {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => (index * 7) % 251);

  test("reads what was put there, anywhere", () => {
    const disk = open(bytes);
    expect(disk.sizeBytes).toBe(bytes.length);
    for (const [offset, length] of [
      [0, 10_000],
      [0, 1],
      [9_999, 1],
      [4_095, 4_098],
      [10_000, 0],
    ] as const) {
      expect(disk.read(offset, length)).toEqual(bytes.slice(offset, offset + length));
    }
  });

  test.each([bytes, Buffer.from(bytes)])(
    "hands out bytes that the reader may change",
    (content) => {
      const disk = open(content);
      const read = disk.read(100, 50);
      expect(Buffer.isBuffer(read)).toBe(false);
      expect([read.byteOffset, read.buffer.byteLength]).toEqual([0, 50]);
      disk.read(100, 50).fill(0xff);
      expect(disk.read(100, 50)).toEqual(bytes.slice(100, 150));
    },
  );

  test.each([
    [-1, 1],
    [0, -1],
    [9_999, 2],
    [10_001, 0],
    [0.5, 1],
    [0, Number.NaN],
    [Number.MAX_SAFE_INTEGER, 10],
  ])("refuses to read %d + %d", (offset, length) => {
    expect(() => open(bytes).read(offset, length)).toThrow(
      expect.objectContaining({ code: "disk-out-of-range" }) as Error,
    );
  });
}
