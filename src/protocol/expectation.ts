import type { GuestFamily } from "../base/family.js";
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import { canonicalErrno, errnoName, errnoNames, errnoNumber } from "./errno.js";
import type { Outcome } from "./outcome.js";
import { canonicalSignal, signalNames } from "./signals.js";

/** What a lane's author writes: one outcome, or any of several. A number is a return value (0 is `ok`). */
export type Wanted = string | number | bigint | RegExp;
export type WantedAny = Wanted | readonly Wanted[];

/**
 * For every kernel, or by kernel column with `"*"` for the columns that are not named.
 *
 * @example "ENOTSUP"
 * @example { stock: ["SIGSYS", "ENOSYS"], TWQDEBUG: "ENOTSUP" }
 */
export type ExpectationInput = WantedAny | { readonly [column: string]: WantedAny };

/** An expectation as it is kept: plain data that survives JSON. The column `"*"` stands for every other one. */
export interface Expectation {
  readonly columns: Readonly<Record<string, readonly WantedOutcome[]>>;
}

export type WantedOutcome =
  { readonly text: string } | { readonly pattern: string; readonly flags: string };

/**
 * @throws LaneError `unknown-outcome-name` for a name like an errno or a signal that no guest family has,
 *   `empty-expectation` when nothing is named
 */
export function parseExpectation(input: ExpectationInput, where: string): Expectation {
  const columns = isByColumn(input) ? input : { "*": input };
  const parsed = Object.entries(columns).map(([column, wanted]) => {
    const list = (isList(wanted) ? wanted : [wanted]).map((one) => parseWanted(one, where));
    if (list.length === 0) throw emptyExpectation(where);
    return [column, list] as const;
  });
  if (parsed.length === 0) throw emptyExpectation(where);
  return { columns: Object.fromEntries(parsed) };
}

/** What is expected in one column, of outcomes any one; undefined when nothing is. */
export function columnOf<Wanted>(
  { columns }: { readonly columns: Readonly<Record<string, Wanted>> },
  column: string,
): Wanted | undefined {
  return Object.hasOwn(columns, column) ? columns[column] : columns["*"];
}

/**
 * Whether a step showed what was wanted. What was not carried out meets nothing, whatever is wanted; where a step could not do
 * what it is there for, only the name of that very errno is met, and no pattern.
 *
 * @param seen undefined when there was no reply
 */
export function isMet(
  wanted: readonly WantedOutcome[],
  seen: Outcome | undefined,
  family: GuestFamily,
): boolean {
  if (seen === undefined || seen.is === "none") return false;
  const candidates = seen.is === "error" ? wanted.filter((one) => "text" in one) : wanted;
  return candidates.some(
    (one) => matches(one, seen.text, family) || ("text" in one && one.text === seen.also),
  );
}

/** `ENOTSUP`, or `SIGSYS or ENOSYS`, or `/pattern/`. */
export function describeWanted(wanted: readonly WantedOutcome[]): string {
  return wanted
    .map((one) => ("text" in one ? one.text : `/${one.pattern}/${one.flags}`))
    .join(" or ");
}

function matches(wanted: WantedOutcome, seen: string, family: GuestFamily): boolean {
  if ("pattern" in wanted) return new RegExp(wanted.pattern, wanted.flags).test(seen);
  return wanted.text === seen || sameErrno(wanted.text, seen, family);
}

/** Two names that are one number in this family: `EAGAIN` and `EWOULDBLOCK`. */
function sameErrno(wanted: string, seen: string, family: GuestFamily): boolean {
  const number = errnoNumber(family, wanted);
  return number !== undefined && errnoName(family, number) === seen;
}

function parseWanted(wanted: Wanted, where: string): WantedOutcome {
  if (wanted instanceof RegExp) {
    // A sticky or global pattern would remember where it stopped.
    return { pattern: wanted.source, flags: wanted.flags.replace(/[gy]/g, "") };
  }
  if (typeof wanted !== "string") return { text: wanted == 0 ? "ok" : `= ${wanted.toString()}` };
  if (wanted === "") throw emptyExpectation(where);
  if (/^E[A-Z0-9]+$/.test(wanted)) return { text: known(wanted, errnoNames(), "errno", where) };
  if (/^SIG[A-Z0-9]+$/.test(wanted)) return { text: known(wanted, signalNames(), "signal", where) };
  return { text: wanted };
}

function known(name: string, names: readonly string[], what: string, where: string): string {
  if (names.includes(name)) return what === "errno" ? canonicalErrno(name) : canonicalSignal(name);
  const nearest = nearestName(name, names);
  throw new LaneError(
    "unknown-outcome-name",
    `${where}: found the ${what} name "${name}", which neither Linux nor FreeBSD has`,
    { ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }), facts: { name } },
  );
}

function emptyExpectation(where: string): LaneError {
  return new LaneError(
    "empty-expectation",
    `${where}: found an empty expectation, expected at least one outcome`,
  );
}

function isList(wanted: WantedAny): wanted is readonly Wanted[] {
  return Array.isArray(wanted);
}

function isByColumn(input: ExpectationInput): input is { readonly [column: string]: WantedAny } {
  return typeof input === "object" && !(input instanceof RegExp) && !Array.isArray(input);
}
