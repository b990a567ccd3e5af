/** Members of structs and unions: their places by the rules of C, and the names that a value may have. */
import { limits } from "../protocol/limits.js";
import type { AnyType, Fields, Member } from "./c-type.js";
import { invalidType, invalidValue, unknownField } from "./struct-error.js";

export interface MembersOptions<F extends Fields> {
  /**
   * Names in C that are not the field's own in snake case (`dispatchFunc` is `dispatch_func`). The empty name is that of
   * an anonymous struct or union.
   */
  readonly cNames?: { readonly [K in keyof F]?: string };
}

export interface Layout {
  readonly size: number;
  readonly alignment: number;
  readonly members: readonly Member[];
}

/**
 * Places members one after another (struct) or all at 0 (union): each at a multiple of its alignment, the whole as long as
 * a multiple of the greatest alignment.
 *
 * @throws LaneError `struct-type-invalid`
 */
export function layOut<F extends Fields>(
  kind: "struct" | "union",
  fields: F,
  { cNames = {} }: MembersOptions<F>,
): Layout {
  const named: Readonly<Record<string, string | undefined>> = cNames;
  let end = 0;
  const members = Object.entries(fields).map(([name, type]): Member => {
    const offsetBytes = kind === "struct" ? roundUp(end, type.alignment) : 0;
    end = Math.max(end, offsetBytes + type.size);
    return { name, cName: named[name] ?? snakeCase(name), offsetBytes, type };
  });
  const alignment = Math.max(1, ...members.map(({ type }) => type.alignment));
  const size = roundUp(end, alignment);
  checkMembers(kind, members, Object.keys(named));
  if (size > limits.passedOnBytes) {
    throw invalidType(kind, `${size} bytes`, `at most ${limits.passedOnBytes}`);
  }
  return { size, alignment, members };
}

/**
 * The members that a value names, each with what it gives them. What is `undefined` counts as left out.
 *
 * @throws LaneError `struct-value-invalid`, `struct-field-unknown`
 */
export function membersIn(
  members: readonly Member[],
  value: unknown,
  path: string,
): readonly (readonly [Member, unknown])[] {
  const known = members.map(({ name }) => name);
  if (
    typeof value !== "object" ||
    value === null ||
    Array.isArray(value) ||
    ArrayBuffer.isView(value)
  ) {
    throw invalidValue(path, value, `an object with any of ${known.join(", ")}`);
  }
  return Object.entries(value).flatMap(([name, given]) => {
    const member = members.find((one) => one.name === name);
    if (member === undefined) throw unknownField(path, name, known);
    return given === undefined ? [] : [[member, given] as const];
  });
}

/** Puts members into the bytes, each at its place in a struct or union that begins at `atBytes`. */
export function encodeMembers(
  given: readonly (readonly [Member, unknown])[],
  ...[target, atBytes, path]: EncodePlace
): void {
  for (const [{ name, offsetBytes, type }, value] of given) {
    const place = path === "" ? name : `${path}.${name}`;
    type.encodeInto(target, atBytes + offsetBytes, value as never, place);
  }
}

/** Where `encodeInto` works: the bytes, the offset in them, and the place's name. */
type EncodePlace = [target: Parameters<AnyType["encodeInto"]>[0], atBytes: number, path: string];

export function decodeMembers(
  members: readonly Member[],
  view: DataView,
  atBytes: number,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    members.map(({ name, offsetBytes, type }) => [
      name,
      type.decodeFrom(view, atBytes + offsetBytes),
    ]),
  );
}

function checkMembers(kind: string, members: readonly Member[], renamed: readonly string[]): void {
  if (members.length === 0) throw invalidType(kind, "no members", "at least one");
  const stray = renamed.find((name) => !members.some((member) => member.name === name));
  if (stray !== undefined) {
    throw invalidType(kind, `a C name for the field "${stray}"`, "one for a field that is there");
  }
  const seen = new Set<string>();
  for (const { name, cName, type } of members) {
    // An integer-like name would lose its place: JavaScript puts those first.
    if (!isIdentifier(name)) throw invalidType(kind, `the field "${name}"`, "a C identifier");
    const anonymous = cName === "" && "members" in type.shape;
    if (!anonymous && !isIdentifier(cName)) {
      throw invalidType(`${kind}.${name}`, `the C name "${cName}"`, "a C identifier");
    }
    if (!anonymous && seen.has(cName)) {
      throw invalidType(`${kind}.${name}`, `the C name "${cName}" a second time`, "each name once");
    }
    seen.add(cName);
  }
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

function snakeCase(name: string): string {
  return name.replace(/(?<!^)[A-Z]/g, "_$&").toLowerCase();
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
