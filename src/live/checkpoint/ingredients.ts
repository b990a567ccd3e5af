/**
 * What a checkpoint depends on, by name: its key in the cache, and what can be told of one that does not fit.
 */
import { createHash } from "node:crypto";

/** Short texts and hashes: what a person can compare. */
export type Ingredients = Readonly<Record<string, string>>;

/** Raised when a saved machine, or what lies beside it, is kept in another way. */
export const FORMAT = "1";

/** @example keyOf({ hypervisor: "QEMU 7.2.22", kernel: "9701546c…" }) // 32 hexadecimal digits */
export function keyOf(ingredients: Ingredients): string {
  const sorted = Object.entries(ingredients).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([FORMAT, sorted]))
    .digest("hex")
    .slice(0, 32);
}

/** The first thing in which two differ, as a clause; undefined when they are the same. */
export function differenceOf(found: Ingredients, expected: Ingredients): string | undefined {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort();
  const name = names.find((one) => found[one] !== expected[one]);
  if (name === undefined) return undefined;
  return `${name}: found ${found[name] ?? "none"}, expected ${expected[name] ?? "none"}`;
}
