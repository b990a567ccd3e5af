import type { CType, Fields, InputOf, OutputOf } from "./c-type.js";
import { decodeMembers, encodeMembers, layOut, membersIn, type MembersOptions } from "./members.js";
import { invalidValue } from "./struct-error.js";

/** One member, by its name; none at all is all zero. */
type UnionInput<F extends Fields> =
  { readonly [K in keyof F]: Only<F, K> }[keyof F] | { readonly [K in keyof F]?: never };

type Only<F extends Fields, K extends keyof F> = { readonly [Key in K]: InputOf<F[K]> } & {
  readonly [Other in Exclude<keyof F, K>]?: never;
};

/** The same bytes, as each of the members. */
type UnionOutput<F extends Fields> = { readonly [K in keyof F]: OutputOf<F[K]> };

export type Union<F extends Fields> = CType<UnionInput<F>, UnionOutput<F>>;

/**
 * A C union: one member is written, all are read.
 *
 * @throws LaneError `struct-type-invalid`
 * @example struct({ kind: u32, value: union({ number: u64, text: bytes(16) }) })({ kind: 1, value: { number: 7 } })
 */
export function union<const F extends Fields>(
  fields: F,
  options: MembersOptions<F> = {},
): Union<F> {
  const { size, alignment, members } = layOut("union", fields, options);
  return {
    size,
    alignment,
    shape: { kind: "union", members },
    encodeInto: (target, at, value: unknown, path) => {
      const given = membersIn(members, value, path);
      if (given.length > 1) {
        const names = given.map(([{ name }]) => name).join(" and ");
        throw invalidValue(path, value, `one member of the union, not ${names}`);
      }
      encodeMembers(given, target, at, path);
    },
    decodeFrom: (view, at) => decodeMembers(members, view, at) as UnionOutput<F>,
  };
}
