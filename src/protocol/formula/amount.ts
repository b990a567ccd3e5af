/**
 * Exact numbers: counters have 64 bits, and a factor such as 1.5 must not make a float of them.
 */
import type { Comparison, Formula } from "./formula.js";

/** A fraction whose denominator is a power of ten. */
export interface Amount {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** undefined for what is no decimal number. */
export function parseAmount(text: string): Amount | undefined {
  const [, sign = "", digits = "", decimals = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (digits === "") return undefined;
  return {
    numerator: BigInt(sign + digits + decimals),
    denominator: 10n ** BigInt(decimals.length),
  };
}

export function amountOf(value: bigint): Amount {
  return { numerator: value, denominator: 1n };
}

/** As few decimals as it has: `4`, `2.5`. */
export function formatAmount({ numerator, denominator }: Amount): string {
  const size = numerator < 0n ? -numerator : numerator;
  const decimals = (size % denominator).toString().padStart(denominator.toString().length - 1, "0");
  const shown = decimals.replace(/0+$/, "");
  const sign = numerator < 0n ? "-" : "";
  return `${sign}${size / denominator}${shown === "" ? "" : `.${shown}`}`;
}

/** What a name stands for, or why it stands for nothing, in a clause. */
export type Resolve = (name: string, of: string | undefined) => Amount | string;

export function evaluate(formula: Formula, resolve: Resolve): Amount | string {
  if ("number" in formula) return parseAmount(formula.number) ?? `${formula.number} is no number`;
  if ("name" in formula) return resolve(formula.name, formula.of);
  const left = evaluate(formula.left, resolve);
  const right = evaluate(formula.right, resolve);
  if (typeof left === "string") return left;
  if (typeof right === "string") return right;
  const denominator = left.denominator * right.denominator;
  if (formula.op === "*") return { numerator: left.numerator * right.numerator, denominator };
  const a = left.numerator * right.denominator;
  const b = right.numerator * left.denominator;
  return { numerator: formula.op === "+" ? a + b : a - b, denominator };
}

export function holds(left: Amount, compare: Comparison, right: Amount): boolean {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  switch (compare) {
    case "=":
    case "==":
      return difference === 0n;
    case "!=":
      return difference !== 0n;
    case "<":
      return difference < 0n;
    case "<=":
      return difference <= 0n;
    case ">":
      return difference > 0n;
    case ">=":
      return difference >= 0n;
  }
}
