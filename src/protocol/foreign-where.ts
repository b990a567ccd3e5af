/**
 * Relations between the fields of one line that a user's own program printed.
 */
import { nearestName } from "../base/nearest.js";
import type { Observation } from "./decode-reply.js";
import { stepError } from "./step-check.js";
import { evaluate, formatAmount, holds, parseAmount, type Amount } from "./formula/amount.js";
import { namesIn, parseRelation, type Comparison, type Formula } from "./formula/formula.js";

/** Such as `settled_total == warm_floor`; or several; by column where kernels differ, with `"*"` for the others. */
export type WhereInput =
  string | readonly string[] | { readonly [column: string]: string | readonly string[] };

/** As it is kept: plain data that survives JSON. */
export interface Where {
  readonly columns: Readonly<Record<string, readonly FieldRelation[]>>;
}

export interface FieldRelation {
  readonly text: string;
  readonly left: Formula;
  readonly compare: Comparison;
  readonly right: Formula;
}

/** @throws LaneError `formula-invalid`, `empty-expectation` (usage) */
export function parseWhere(input: WhereInput, where: string): Where {
  const columns = isByColumn(input) ? input : { "*": input };
  const parsed = Object.entries(columns).map(([column, relations]) => {
    const place = `${where}: where${column === "*" ? "" : ` for ${column}`}`;
    const list = (isList(relations) ? relations : [relations]).map((one) => parse(one, place));
    if (list.length === 0) throw empty(place);
    return [column, list] as const;
  });
  if (parsed.length === 0) throw empty(where);
  return { columns: Object.fromEntries(parsed) };
}

/** Why a relation does not hold in a line, in a clause; undefined where it holds. */
export function breach(relation: FieldRelation, line: Observation): string | undefined {
  const [left, right] = [relation.left, relation.right].map((side) =>
    evaluate(side, (name, of) => fieldOf(line, name, of)),
  ) as [Amount | string, Amount | string];
  if (typeof left === "string") return left;
  if (typeof right === "string") return right;
  if (holds(left, relation.compare, right)) return undefined;
  return `${formatAmount(left)} and ${formatAmount(right)}`;
}

/** Of data, else of meta; `a.b[3]` is a field in a field. */
function fieldOf({ data, meta }: Observation, name: string, of: string | undefined) {
  if (of !== undefined) return `${of}(${name}) is no field`;
  const own = valueAt(data, name);
  const value = own === undefined ? valueAt(meta, name) : own;
  if (value === undefined) {
    const nearest = nearestName(name, [...Object.keys(data), ...Object.keys(meta)]);
    return `no field ${name}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
  }
  // JSON.parse has rounded it: what is equal now need not have been.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return `${name} is beyond 2^53: print it as a text, "${name}": "18446744073709551615"`;
  }
  const text = typeof value === "number" || typeof value === "string" ? value.toString() : "";
  return parseAmount(text) ?? `${name} is no number: ${JSON.stringify(value)}`;
}

function valueAt(fields: unknown, name: string): unknown {
  if (isObject(fields) && Object.hasOwn(fields, name)) return fields[name];
  return name
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .reduce<unknown>(
      (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      fields,
    );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function parse(text: unknown, where: string): FieldRelation {
  if (typeof text !== "string") throw noRelation(String(text), where);
  const { left, compare, right } = parseRelation(text, where);
  if (left === undefined || namesIn(left).length + namesIn(right).length === 0) {
    throw noRelation(JSON.stringify(text), where);
  }
  return { text: text.trim(), left, compare, right };
}

function noRelation(found: string, where: string) {
  return stepError("formula-invalid", where, found, [
    "a relation between fields, such as settled_total == warm_floor",
  ]);
}

function empty(where: string) {
  return stepError("empty-expectation", where, "an empty where", [
    "at least one relation",
    'such as "settled_total == warm_floor", or leave "where" out',
  ]);
}

/** A config is run without its types. */
function isByColumn(input: WhereInput): input is Exclude<WhereInput, string | readonly string[]> {
  return typeof input === "object" && (input as object | null) !== null && !isList(input);
}

function isList(input: unknown): input is readonly string[] {
  return Array.isArray(input);
}
