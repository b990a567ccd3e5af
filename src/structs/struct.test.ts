import { expect, expectTypeOf, test } from "vitest";
import { addressOf, inBytes, outBytes } from "../protocol/buffers.js";
import type { GuestBuffer } from "../protocol/step.js";
import { array, bytes } from "./array.js";
import type { InputOf, OutputOf } from "./c-type.js";
import { bool, i16, i64, pointer, u16, u32, u64, u8 } from "./scalars.js";
import { struct } from "./struct.js";
import { union } from "./union.js";

const initArgs = struct({ version: u32, flags: u32, dispatchFunc: u64 });

test("places members as the C ABI of amd64 does, with padding between and behind them", () => {
  const mixed = struct({ a: u8, b: u32, c: u16, d: u64, e: u8 });
  expect(mixed.offsets).toEqual({ a: 0, b: 4, c: 8, d: 16, e: 24 });
  expect([mixed.size, mixed.alignment]).toEqual([32, 8]);
  const nested = struct({ a: u8, inner: struct({ x: u16, y: u8 }), list: array(u16, 3), b: bool });
  expect(nested.offsets).toEqual({ a: 0, inner: 2, list: 6, b: 12 });
  expect([nested.size, nested.alignment]).toEqual([14, 2]);
});

test("writes little-endian, and zero for what is left out", () => {
  const written = initArgs.encode({ version: 20170201, dispatchFunc: 0x0102030405060708n });
  expect(Buffer.from(written).toString("hex")).toBe("d9c5330100000000" + "0807060504030201");
  expect(initArgs.decode(written)).toEqual({
    version: 20170201,
    flags: 0,
    dispatchFunc: 0x0102030405060708n,
  });
});

test("is a buffer of a call: read, written, or both", () => {
  const bytes = initArgs.encode({ version: 1 });
  expect(initArgs({ version: 1 })).toEqual(inBytes(bytes));
  expect(initArgs().bytes).toEqual(new Uint8Array(16));
  expect(initArgs.out()).toEqual(outBytes(16));
  expect(initArgs.inOut({ flags: 2 })).toMatchObject({ direction: "inout", lengthBytes: 16 });
});

test("a pointer to a buffer is filled in by the guest, at the right place of a nested struct", () => {
  const iovec = struct({ base: pointer, length: u64 });
  const message = struct({ flags: u32, pieces: array(iovec, 2) });
  const text = inBytes("68 69 0a");
  const made = message({ pieces: [{ base: 0x1000 }, { base: addressOf(text, 1), length: 2 }] });
  expect(made.pointers).toEqual([{ offsetBytes: 24, to: text, toOffsetBytes: 1 }]);
  expect(message.decode(made.bytes).pieces[0]).toEqual({ base: 0x1000n, length: 0n });
});

test("refuses a buffer as a pointer where there is no guest to give its address", () => {
  const iovec = struct({ base: pointer, length: u64 });
  expect(() => iovec.encode({ base: inBytes("00") })).toThrow(/^base: found an object, expected a/);
});

test("a union takes one member and shows all of them", () => {
  const event = struct({ kind: u8, value: union({ number: u64, text: bytes(10), low: i16 }) });
  expect([event.size, event.offsets.value]).toEqual([24, 8]);
  const written = event.encode({ kind: 1, value: { low: -2 } });
  expect(event.decode(written).value).toEqual({
    number: 0xfffen,
    text: Uint8Array.of(0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0),
    low: -2,
  });
  expect(event.decode(event.encode({ value: {} })).value.number).toBe(0n);
  const both = { number: 1n, low: 2 } as never;
  expect(() => event.encode({ value: both })).toThrow(
    "one member of the union, not number and low",
  );
});

test("bytes and lists may be shorter than their room, not longer", () => {
  const named = struct({ name: bytes(4), list: array(u8, 3) });
  const written = named.encode({ name: Uint8Array.of(65), list: [7] });
  expect(named.decode(written)).toEqual({ name: Uint8Array.of(65, 0, 0, 0), list: [7, 0, 0] });
  expect(() => named.encode({ name: new Uint8Array(5) })).toThrow(
    "name: found 5 bytes, expected at most 4 bytes",
  );
  expect(() => named.encode({ list: [1, 2, 3, 4] })).toThrow("list: found a list of 4");
  expect(() => named.encode({ list: [1, 256] })).toThrow("list[1]: found 256, expected a whole");
});

test.each([
  [u8, 256, "found 256, expected a whole number from 0 to 255 (uint8_t)"],
  [u32, -1, "found -1, expected a whole number from 0 to 4294967295"],
  [i16, 32_768, "found 32768, expected a whole number from -32768 to 32767"],
  [u32, 1.5, "found 1.5"],
  [u32, NaN, "found NaN"],
  [u32, "1", 'found "1"'],
  [u32, 1n, "found 1n"],
  [u64, 2n ** 64n, "found 18446744073709551616n"],
  [u64, -1, "found -1, expected a whole number from 0 to 18446744073709551615"],
  [u64, 2 ** 53, "as a bigint, such as 0xffff_ffff_ffff_ffffn"],
  [i64, -(2n ** 63n) - 1n, "found -9223372036854775809n"],
  [bool, 1, "found 1, expected true or false"],
  [u64, null, "found null"],
  [bytes(4), "00", 'found "00", expected at most 4 bytes'],
  [struct({ x: u8 }), 5, "found 5, expected an object with any of x"],
  [struct({ x: u8 }), [1], "found a list of 1"],
])("refuses a value that does not fit, with the field's path (%#)", (type, value, message) => {
  const outer = struct({ list: array(struct({ field: type }), 2) });
  const given = { list: [{}, { field: value as never }] };
  expect(() => outer.encode(given)).toThrow(
    expect.objectContaining({
      code: "struct-value-invalid",
      who: "usage",
      message: expect.stringMatching(/^list\[1\]\.field: found /) as string,
    }),
  );
  expect(() => outer.encode(given)).toThrow(message);
});

test("refuses an unknown field, and names the nearest", () => {
  const misspelt: object = { verison: 1 };
  expect(() => initArgs(misspelt)).toThrow(
    expect.objectContaining({ code: "struct-field-unknown", hint: "did you mean version?" }),
  );
  const inherited: object = { constructor: 1 };
  expect(() => initArgs(inherited)).toThrow('the value: found the field "constructor"');
});

test("reads exactly its own length", () => {
  expect(() => initArgs.decode(new Uint8Array(15))).toThrow(
    expect.objectContaining({
      code: "struct-length-wrong",
      message: "decode: found 15 bytes, expected 16, the size of the struct",
    }),
  );
  const larger = Uint8Array.of(9, 9, 9, ...initArgs.encode({ flags: 7 }), 9);
  expect(initArgs.decode(larger.subarray(3, 19)).flags).toBe(7);
});

test("what was read stays as it is when the bytes change", () => {
  const named = struct({ name: bytes(2) });
  const written = Uint8Array.of(1, 2);
  const { name } = named.decode(written);
  written.fill(0);
  expect(name).toEqual(Uint8Array.of(1, 2));
});

test.each([
  [() => struct({}), "found no members"],
  [() => struct({ "1": u8 }), 'found the field "1", expected a C identifier'],
  [() => struct({ aB: u8, a_b: u8 }), 'found the C name "a_b" a second time'],
  [() => struct({ a: u8 }, { cNames: { a: "" } }), 'found the C name ""'],
  [() => struct({ a: u8 }, { cNames: { b: "c" } as object }), 'a C name for the field "b"'],
  [() => array(u8, 0), "found a count of 0"],
  [() => array(u64, 2 ** 20), "expected a whole number from 1 to 131072"],
  [() => bytes(1.5), "found a count of 1.5"],
  [() => struct({ a: bytes(2 ** 20), b: u8 }), "found 1048577 bytes, expected at most 1048576"],
])("refuses a definition that is no C type (%#)", (define, message) => {
  expect(define).toThrow(expect.objectContaining({ code: "struct-type-invalid" }));
  expect(define).toThrow(message);
});

// What follows is checked by tsc, which reads the tests too (`npm run check`).

test("what goes in and what comes out has precise types", () => {
  const all = struct({
    small: u16,
    wide: u64,
    flag: bool,
    list: array(i64, 2),
    raw: bytes(4),
    at: pointer,
    inner: struct({ x: u8 }),
    either: union({ a: u32, b: i64 }),
  });
  expectTypeOf(all()).toEqualTypeOf<GuestBuffer>();
  expectTypeOf<OutputOf<typeof all>>().toEqualTypeOf<{
    readonly small: number;
    readonly wide: bigint;
    readonly flag: boolean;
    readonly list: readonly bigint[];
    readonly raw: Uint8Array<ArrayBuffer>;
    readonly at: bigint;
    readonly inner: { readonly x: number };
    readonly either: { readonly a: number; readonly b: bigint };
  }>();
  expectTypeOf<InputOf<typeof all>["wide"]>().toEqualTypeOf<number | bigint | undefined>();
  expectTypeOf<InputOf<typeof all>["inner"]>().toEqualTypeOf<{ readonly x?: number } | undefined>();
  expectTypeOf(all.offsets.at).toEqualTypeOf<number>();
  expectTypeOf(all.fields.small).toEqualTypeOf<typeof u16>();
});

test("the compiler refuses what would be refused anyway", () => {
  const event = struct({ kind: u8, value: union({ a: u32, b: i64 }) });
  const refused = [
    // @ts-expect-error no such field
    () => initArgs({ verison: 1 }),
    // @ts-expect-error 32 bits are a number
    () => initArgs.encode({ version: 1n }),
    // @ts-expect-error 64 bits are no text
    () => initArgs.inOut({ dispatchFunc: "1" }),
    // @ts-expect-error two members of a union
    () => event({ value: { a: 1, b: 2n } }),
    // @ts-expect-error no such member of the union
    () => event({ value: { c: 1 } }),
    // @ts-expect-error a number is no struct
    () => initArgs(1),
  ];
  for (const call of refused) expect(call).toThrow();
  // @ts-expect-error a C name for a field that the struct lacks
  expect(() => struct({ a: u8 }, { cNames: { b: "c" } })).toThrow();
});
