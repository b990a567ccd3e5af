/**
 * What is expected of a block of counters, by column.
 */
import { stepError } from "../step-check.js";
import { namesIn, parseFormula, parseRelation } from "../formula/formula.js";
import type { Comparison, Formula, Relation } from "../formula/formula.js";

/** How much a counter may have changed: `2`, `"+2"`, `"= 0"`, `">= 1"`, `"<= 1.5 × baseline + 1"`. */
export type WantedChange = string | number | bigint;

/**
 * By counter, or by a sum of counters (`"proc_alloc_count - proc_free_count"`); or a relation between counters
 * (`"thread_state_alloc_count == thread_state_free_count"`); or several of these.
 */
export type CounterRules =
  string | { readonly [counter: string]: WantedChange } | readonly CounterRule[];
type CounterRule = string | { readonly [counter: string]: WantedChange };

/**
 * For every kernel, or by kernel column with `"*"` for the columns that are not named.
 *
 * @example { init_count: "+1", "bucket_req_total[3]": "+2" }
 * @example { TWQDEBUG: [{ init_count: ">= 1" }, "proc_alloc_count == proc_free_count"] }
 */
export type CountersExpectationInput =
  | CounterRules
  | {
      readonly [column: string]:
        readonly CounterRule[] | { readonly [counter: string]: WantedChange };
    };

/** As it is kept: plain data that survives JSON. */
export interface CountersExpectation {
  readonly columns: Readonly<Record<string, readonly ParsedRule[]>>;
}

export interface ParsedRule {
  /** What its row is called: the counter, the sum, or the whole relation. */
  readonly label: string;
  /** As it was written, without the label where that is the left side. */
  readonly wanted: string;
  readonly left: Formula;
  readonly compare: Comparison;
  readonly right: Formula;
  /** Both sides are in the label. */
  readonly isRelation: boolean;
}

/** The word for the column that others are compared with. */
export const BASELINE = "baseline";

/** @throws LaneError `formula-invalid`, `empty-expectation` (usage), which name column, counter and place */
export function parseCountersExpectation(
  input: CountersExpectationInput,
  where: string,
): CountersExpectation {
  const columns = isByColumn(input)
    ? Object.entries(input).map(
        ([column, rules]) => [column, rules, `${where} for ${column}`] as const,
      )
    : [["*", input, where] as const];
  const parsed = columns.map(([column, rules, place]) => {
    const list = (isList(rules) ? rules : [rules]).flatMap((rule) => parseRule(rule, place));
    if (list.length === 0) throw empty(place);
    return [column, distinct(list)] as const;
  });
  if (parsed.length === 0) throw empty(where);
  return { columns: Object.fromEntries(parsed) };
}

/** Rules of one counter are rows of one name each. */
function distinct(rules: readonly ParsedRule[]): readonly ParsedRule[] {
  const labels = new Set<string>();
  return rules.map((rule) => {
    const isTaken = labels.has(rule.label) && !rule.isRelation;
    labels.add(rule.label);
    return isTaken ? { ...rule, label: `${rule.label} ${rule.wanted}` } : rule;
  });
}

function parseRule(rule: CounterRule, where: string): readonly ParsedRule[] {
  if (typeof rule !== "string") {
    if (!isRecord(rule)) throw noRule(rule, where);
    return Object.entries(rule).map(([counter, wanted]) => parseWanted(counter, wanted, where));
  }
  const { left, compare, right } = parseRelation(rule, where);
  if (left === undefined || namesIn(left).length + namesIn(right).length === 0) {
    throw stepError("formula-invalid", where, JSON.stringify(rule), [
      "a relation between counters, such as a == b",
      'name the counter: { init_count: "+1" }',
    ]);
  }
  return [{ label: rule.trim(), wanted: "to hold", left, compare, right, isRelation: true }];
}

function parseWanted(counter: string, wanted: WantedChange, where: string): ParsedRule {
  const place = `${where}: ${counter}`;
  if (!isWanted(wanted)) throw noChange(wanted, place);
  const left = isPlainName(counter) ? { name: counter } : parseFormula(counter, place);
  const text = typeof wanted === "string" ? wanted.trim() : wanted.toString();
  const relation: Relation = parseRelation(text, place);
  if (relation.left !== undefined) {
    throw stepError("formula-invalid", place, JSON.stringify(text), [
      "a change such as +1 or >= 1",
      'a relation between counters stands by itself, in a list: [{ a: 1 }, "b == c"]',
    ]);
  }
  const { compare, right } = relation;
  return { label: counter, wanted: text, left, compare, right, isRelation: false };
}

/** `init_count`, `bucket[3]`, and the names that no formula can say without backticks: `24`, `Active(anon)`. */
function isPlainName(counter: string): boolean {
  return !/[\s`]/.test(counter) && !/[-+*×−]/.test(counter) && !/^\w+\(\w/.test(counter);
}

function isByColumn(
  input: CountersExpectationInput,
): input is Extract<CountersExpectationInput, { readonly [column: string]: object }> {
  if (typeof input === "string" || isList(input)) return false;
  const values = isRecord(input) ? Object.values(input) : [];
  return values.length > 0 && values.every((value) => typeof value === "object" && value !== null);
}

function isList(rules: unknown): rules is readonly CounterRule[] {
  return Array.isArray(rules);
}

function empty(where: string) {
  return stepError("empty-expectation", where, "an empty expectation", [
    "at least one counter",
    'name one: { init_count: "+1" }, or leave "expect" out',
  ]);
}

/** A config is run without its types. */
function isWanted(wanted: unknown): wanted is WantedChange {
  if (typeof wanted === "number")
    return Number.isFinite(wanted) && (!Number.isInteger(wanted) || Number.isSafeInteger(wanted));
  return typeof wanted === "string" || typeof wanted === "bigint";
}

function isRecord(rule: unknown): rule is Readonly<Record<string, unknown>> {
  return typeof rule === "object" && rule !== null && !(rule instanceof RegExp);
}

function noChange(wanted: unknown, place: string) {
  return stepError("formula-invalid", place, said(wanted), [
    "a change such as +1 or >= 1",
    "a number beyond 2^53 is written as a text or a bigint",
  ]);
}

function noRule(rule: unknown, where: string) {
  return stepError("formula-invalid", where, said(rule), [
    "counters and their changes, or a relation",
    'write { init_count: "+1" } or "a == b"',
  ]);
}

function said(value: unknown): string {
  const isPlain = value === undefined || typeof value === "number" || value instanceof RegExp;
  return isPlain ? String(value) : JSON.stringify(value);
}
