/** Random C types: ours, the same in C, and values for them. */
import fc from "fast-check";
import {
  array,
  bool,
  bytes,
  i16,
  i32,
  i64,
  i8,
  pointer,
  struct,
  u16,
  u32,
  u64,
  u8,
  union,
} from "../../src/index.js";
import type { AnyType, Fields } from "../../src/structs/c-type.js";
import type { Struct } from "../../src/structs/struct.js";

export interface RandomType {
  readonly type: AnyType;
  /** A C declaration of something of this type. */
  readonly declare: (name: string) => string;
  readonly value: fc.Arbitrary<unknown>;
}

export interface RandomStruct extends RandomType {
  readonly type: Struct<Fields>;
}

const wideValue = (min: bigint, max: bigint) => fc.bigInt({ min, max });

const scalars: readonly (readonly [AnyType, string, fc.Arbitrary<unknown>])[] = [
  [u8, "unsigned char", fc.integer({ min: 0, max: 255 })],
  [u16, "unsigned short", fc.integer({ min: 0, max: 65_535 })],
  [u32, "unsigned int", fc.integer({ min: 0, max: 2 ** 32 - 1 })],
  [u64, "unsigned long", wideValue(0n, 2n ** 64n - 1n)],
  [i8, "signed char", fc.integer({ min: -128, max: 127 })],
  [i16, "short", fc.integer({ min: -32_768, max: 32_767 })],
  [i32, "int", fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
  [i64, "long", wideValue(-(2n ** 63n), 2n ** 63n - 1n)],
  [bool, "_Bool", fc.boolean()],
  [pointer, "void *", wideValue(0n, 2n ** 64n - 1n)],
];

const scalarType: fc.Arbitrary<RandomType> = fc
  .constantFrom(...scalars)
  .map(([type, c, value]) => ({ type, declare: (name) => `${c} ${name}`, value }));

const bytesType: fc.Arbitrary<RandomType> = fc.integer({ min: 1, max: 20 }).map((count) => ({
  type: bytes(count),
  declare: (name) => `unsigned char ${name}[${count}]`,
  value: fc.uint8Array({ minLength: count, maxLength: count }),
}));

/** A type of at most `depth` levels; with `unions` some of them are unions. */
function randomType(depth: number, unions: boolean): fc.Arbitrary<RandomType> {
  const flat = fc.oneof({ weight: 4, arbitrary: scalarType }, bytesType);
  if (depth === 0) return flat;
  const inner = randomType(depth - 1, unions);
  const deep = [arrayOf(inner), structOf(inner), ...(unions ? [unionOf(inner)] : [])];
  return fc.oneof({ weight: 3, arbitrary: flat }, ...deep);
}

function arrayOf(inner: fc.Arbitrary<RandomType>): fc.Arbitrary<RandomType> {
  return fc.tuple(inner, fc.integer({ min: 1, max: 4 })).map(([element, count]) => ({
    type: array(element.type, count),
    declare: (name) => element.declare(`${name}[${count}]`),
    value: fc.array(element.value, { minLength: count, maxLength: count }),
  }));
}

const members = (inner: fc.Arbitrary<RandomType>) =>
  fc.array(inner, { minLength: 1, maxLength: 6 });

function declareMembers(list: readonly RandomType[]): string {
  return list.map((one, index) => `${one.declare(memberName(index))};`).join(" ");
}

function memberName(index: number): string {
  return `m${index}`;
}

function fieldsOf(list: readonly RandomType[]): Fields {
  return Object.fromEntries(list.map(({ type }, index) => [memberName(index), type]));
}

function structOf(inner: fc.Arbitrary<RandomType>): fc.Arbitrary<RandomStruct> {
  return members(inner).map((list) => ({
    type: struct(fieldsOf(list)),
    declare: (name) => `struct { ${declareMembers(list)} } ${name}`,
    value: fc.record(
      Object.fromEntries(list.map(({ value }, index) => [memberName(index), value])),
    ),
  }));
}

function unionOf(inner: fc.Arbitrary<RandomType>): fc.Arbitrary<RandomType> {
  return members(inner).map((list) => ({
    type: union(fieldsOf(list)),
    declare: (name) => `union { ${declareMembers(list)} } ${name}`,
    value: fc.oneof(
      ...list.map(({ value }, index) => value.map((one) => ({ [memberName(index)]: one }))),
    ),
  }));
}

/** Structs of up to three levels, with everything that a struct can hold. */
export const randomStruct = structOf(randomType(2, true));

/** Structs whose value is read back as it was written: in a union one member is written and all are read. */
export const randomPlainStruct = structOf(randomType(2, false));

/** A struct and a value for it; what is printed of them is the C declaration. */
export function withValue(
  structs: fc.Arbitrary<RandomStruct>,
): fc.Arbitrary<{ readonly type: Struct<Fields>; readonly value: object; readonly c: string }> {
  return structs.chain(({ type, declare, value }) =>
    value.map((one) => ({ type, value: one as object, c: declare("it") })),
  );
}
