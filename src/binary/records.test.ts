import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32cRegister } from "./crc32c.js";
import { i16, i32, i64, list, raw, text, u16, u32, u64, u8, wide, record } from "./records.js";

const sample = record("sample", 80, {
  a: u8(0),
  b: u16(2),
  c: i16(4),
  d: u32(8),
  e: i32(12),
  f: i64(16),
  g: u64(24),
  h: wide(32),
  i: raw(40, 5),
  j: text(46, 6),
  k: list(52, 3, u16),
});

const anySample = fc.record({
  a: fc.nat(255),
  b: fc.nat(65535),
  c: fc.integer({ min: -32768, max: 32767 }),
  d: fc.nat(0xffffffff),
  e: fc.integer(),
  f: fc.maxSafeInteger(),
  g: fc.maxSafeNat(),
  h: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  i: fc.uint8Array({ minLength: 5, maxLength: 5 }),
  j: fc.stringMatching(/^[a-z]{0,6}$/),
  k: fc.tuple(fc.nat(65535), fc.nat(65535), fc.nat(65535)),
});

test("object → bytes → object is the same object, and nothing outside its fields is touched", () => {
  fc.assert(
    fc.property(anySample, fc.uint8Array({ minLength: 80, maxLength: 80 }), (values, before) => {
      const bytes = before.slice();
      sample.encodeInto(bytes, values);
      expect(sample.decode(bytes)).toEqual(values);
      for (const untouched of [
        1,
        6,
        7,
        45,
        ...Array.from({ length: 22 }, (_, index) => 58 + index),
      ]) {
        expect(bytes[untouched]).toBe(before[untouched]);
      }
    }),
    { numRuns: 100 },
  );
});

test("bytes → object → bytes is the same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const words = record("words", 32, { low: list(0, 4, u32), high: list(16, 2, wide) });
      const copy = new Uint8Array(32);
      words.encodeInto(copy, words.decode(bytes));
      expect(copy).toEqual(bytes);
    }),
    { numRuns: 100 },
  );
});

test("refuses a 64-bit number that a double cannot hold, by the name of its field", () => {
  const bytes = new Uint8Array(80);
  bytes[23] = 0x40;
  expect(() => sample.decode(bytes)).toThrow(/^sample\.f: found a 64-bit number beyond 2\^53/);
  const pair = record("pair", 16, { both: list(0, 2, u64) });
  expect(() => pair.decode(new Uint8Array(16).fill(0xff))).toThrow(/^pair\.both/);
});

test("refuses to decode what is too short", () => {
  expect(() => sample.decode(new Uint8Array(79))).toThrow("sample: found 79 bytes, expected 80");
  expect(() => sample.decode(new Uint8Array(100), 30)).toThrow(
    "sample: found 70 bytes, expected 80",
  );
});

test("computes CRC-32C as its register, without the final inversion", () => {
  const check = crc32cRegister(Buffer.from("123456789"));
  expect((check ^ 0xffffffff) >>> 0).toBe(0xe3069283);
  expect(crc32cRegister(new Uint8Array(0))).toBe(0xffffffff);
});
