/**
 * The rows of a block of counters: what changed, and what was expected of it.
 */
import { nearestName } from "../base/nearest.js";
import {
  amountOf,
  evaluate,
  formatAmount,
  holds,
  type Amount,
} from "../protocol/formula/amount.js";
import { formatChange, type Delta } from "../protocol/counters/delta.js";
import { BASELINE, type ParsedRule } from "../protocol/counters/expectation.js";
import { namesIn } from "../protocol/formula/formula.js";
import { columnOf } from "../protocol/expectation.js";
import { deltaNamed, type CountedBlock, type CountersRecord } from "./counters.js";
import type { Transition } from "./transitions.js";

/** What of a column the others can be compared with. */
export interface ComparedColumn {
  readonly kernel: string;
  readonly counters: readonly CountersRecord[];
}

/** Of counters of which nothing is expected. All are in the record. */
const SHOWN_CHANGES = 64;

/**
 * @param kernel the column that is judged
 * @param others the columns of the run, in order; none where only this one is known
 */
export function counterRows(
  block: CountedBlock,
  kernel: string,
  others: readonly ComparedColumn[],
): readonly Transition[] {
  const { step, planned, deltas, trouble } = block;
  const rules = planned.rules === undefined ? undefined : columnOf(planned.rules, kernel);
  if (trouble) {
    const isShown = trouble.is === "error" && rules === undefined;
    const expected = isShown ? "" : "counters";
    return [{ step, seen: trouble.text, expected, result: isShown ? "shown" : "unmet" }];
  }
  const ruled = (rules ?? []).map((rule) => ruleRow(rule, block, kernel, others));
  const told = new Set((rules ?? []).flatMap((rule) => toldBy(rule, block)));
  const changed = deltas.filter((one) => one.isNews);
  const free = changed.filter(({ name }) => !told.has(name));
  const count = changed.length === 0 ? "none" : String(changed.length);
  const head = { step, seen: `${count} of ${deltas.length} changed`, ...SHOWN };
  return [head, ...ruled, ...changeRows(step, free)];
}

const SHOWN = { expected: "", result: "shown" } as const;

function changeRows(step: string, free: readonly Delta[]): readonly Transition[] {
  const shown = free.slice(0, SHOWN_CHANGES);
  const more = free.length - shown.length;
  const rows = shown.map((one) => ({
    step: one.name,
    of: step,
    seen: formatChange(one),
    ...SHOWN,
  }));
  if (more === 0) return rows;
  return [...rows, { step: "…", of: step, seen: `${more} more changed`, ...SHOWN }];
}

/** The counter whose own row a rule is. */
function toldBy({ left, isRelation }: ParsedRule, block: CountedBlock): readonly string[] {
  if (isRelation || !("name" in left) || left.of !== undefined) return [];
  const delta = deltaNamed(block, left.name);
  return delta ? [delta.name] : [];
}

function ruleRow(
  rule: ParsedRule,
  block: CountedBlock,
  kernel: string,
  others: readonly ComparedColumn[],
): Transition {
  const place = { rule, block, kernel, others };
  const row = { step: rule.label, of: block.step };
  const left = evaluate(rule.left, (name, of) => resolve(place, name, of));
  const own = ownDelta(place);
  const shown = own ? formatChange(own) : typeof left === "string" ? left : shownSum(rule, left);
  // A column is no measure of itself.
  if (isOwnMeasure(place)) return { ...row, seen: shown, ...SHOWN };
  const right = evaluate(rule.right, (name, of) => resolve(place, name, of));
  const expected = expectedOf(rule, right);
  if (typeof left === "string") return { ...row, seen: shown, expected, result: "unmet" };
  if (typeof right === "string") {
    return { ...row, seen: `${shown}: ${right}`, expected, result: "unmet" };
  }
  const isMet = holds(left, rule.compare, right);
  const seen = rule.isRelation ? `${formatAmount(left)} and ${formatAmount(right)}` : shown;
  return { ...row, seen, expected, result: isMet ? "met" : "unmet" };
}

/** With the number, where it is not the one that was written. */
function expectedOf({ wanted, right, isRelation }: ParsedRule, amount: Amount | string): string {
  const isPlain = isRelation || namesIn(right).length === 0 || typeof amount === "string";
  return isPlain ? wanted : `${wanted}, which is ${formatAmount(amount)}`;
}

/** Changes have a sign, values have none. */
function shownSum({ left }: ParsedRule, amount: Amount): string {
  const isChange = !namesIn(left).some(({ of }) => of === "value");
  return `${isChange && amount.numerator > 0n ? "+" : ""}${formatAmount(amount)}`;
}

interface RulePlace {
  readonly rule: ParsedRule;
  readonly block: CountedBlock;
  readonly kernel: string;
  readonly others: readonly ComparedColumn[];
}

/** Of a rule that is about one counter. */
function ownDelta({ rule: { left, isRelation }, block }: RulePlace): Delta | undefined {
  if (isRelation || !("name" in left) || left.of !== undefined) return undefined;
  return deltaNamed(block, left.name);
}

/**
 * A counter stands for its change; `value(NAME)` for what it is afterwards; `baseline`, or a column's name, for the change of
 * the rule's own counter in that column; `COLUMN(NAME)` for that of another.
 */
function resolve(place: RulePlace, name: string, of: string | undefined): Amount | string {
  const { rule, block, others } = place;
  const whole = of === undefined ? name : `${of}(${name})`;
  const delta = deltaNamed(block, whole);
  if (delta) return delta.change === undefined ? formatChange(delta) : amountOf(delta.change);
  if (of === "value") return valueOf(block, name);
  if (of !== undefined) return changeIn(place, of, name);
  const isColumn = name === BASELINE || others.some(({ kernel }) => kernel === name);
  const own = sameCounterOf(rule);
  if (own === undefined && isColumn) return `${name} of which counter? write ${name}(NAME)`;
  if (own === undefined || own === name) return missing(block, name);
  return isColumn ? changeIn(place, name, own) : missing(block, name, others);
}

function valueOf(block: CountedBlock, name: string): Amount | string {
  const delta = deltaNamed(block, name);
  if (!delta) return missing(block, name);
  return delta.after === undefined ? formatChange(delta) : amountOf(delta.after);
}

/** @param columns given where a column may be meant */
function missing(
  { deltas }: CountedBlock,
  name: string,
  columns?: readonly ComparedColumn[],
): string {
  const buckets = deltas.filter((one) => one.name.startsWith(`${name}[`)).length;
  if (buckets > 0) return `${name} has ${buckets} buckets, ${name}[0] is the first`;
  const whole = name.replace(/\[\d+\]$/, "");
  if (whole !== name && deltas.some((one) => one.name === whole)) return `${whole} has no buckets`;
  const known = [...deltas.map((one) => one.name), ...(columns ?? []).map(({ kernel }) => kernel)];
  const nearest = nearestName(name, known);
  const what = columns ? "counter or column" : "counter";
  return `no ${what} ${name}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}

/** `stock` where the run has that column, else its first. */
function baselineOf({ others }: RulePlace): string | undefined {
  return (others.find(({ kernel }) => kernel === "stock") ?? others[0])?.kernel;
}

function isBaseline(place: RulePlace): boolean {
  const { kernel, others } = place;
  if (kernel === "stock") return true;
  // Alone in its run it may be any column of its lane.
  return others.length > 1 && baselineOf(place) === kernel;
}

/** Whether a rule compares the column with itself, under its own name or as the baseline: that would always hold. */
function isOwnMeasure(place: RulePlace): boolean {
  const { rule, block, kernel } = place;
  const isOwn = (column: string): boolean =>
    column === kernel || (column === BASELINE && isBaseline(place));
  return [...namesIn(rule.left), ...namesIn(rule.right)].some(({ name, of }) =>
    of === undefined
      ? sameCounterOf(rule) !== undefined && isOwn(name) && !deltaNamed(block, name)
      : isOwn(of) && !deltaNamed(block, `${of}(${name})`),
  );
}

/** The counter that a column's bare name stands for. */
function sameCounterOf({ left, isRelation }: ParsedRule): string | undefined {
  return "name" in left && left.of === undefined && !isRelation ? left.name : undefined;
}

function changeIn(place: RulePlace, column: string, name: string): Amount | string {
  const { block, kernel, others } = place;
  const wanted = column === BASELINE ? baselineOf(place) : column;
  const other = others.find((one) => one.kernel === wanted);
  if (!other || (column === BASELINE && wanted === kernel)) {
    if (column === BASELINE) return "no column to compare with in this run";
    const nearest = nearestName(column, ["value", BASELINE, ...others.map((one) => one.kernel)]);
    return `no column ${column} in this run${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
  }
  const record = other.counters.find(({ step }) => step === block.step);
  if (!record) return `${other.kernel} has not come to it`;
  if (record.trouble !== null) return `${other.kernel} has no such counters: ${record.trouble}`;
  const known = deltaNamed(block, name)?.name ?? name;
  if (Object.hasOwn(record.unchanged, known)) return amountOf(0n);
  const change = Object.hasOwn(record.changed, known) ? record.changed[known]!.change : null;
  return change === null ? `${other.kernel} has no ${name}` : amountOf(BigInt(change));
}
