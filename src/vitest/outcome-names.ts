/**
 * Errno and signal names as the guest's family counts them; a name that the family does not have is a mistake in the test, not a
 * difference.
 */
import { LaneError } from "../base/errors.js";
import { familyNames, type GuestFamily } from "../base/family.js";
import { nearestName } from "../base/nearest.js";
import { canonicalErrno, errnoName, errnoNames, errnoNumber } from "../protocol/errno.js";
import { canonicalSignal, signalName, signalNames, signalNumber } from "../protocol/signals.js";

/** `ENOTSUP` or `SIGSYS`, under the name that is shown, with its number where the family is known. */
export interface KnownName {
  readonly name: string;
  readonly number: number | undefined;
}

/** @throws LaneError `unknown-outcome-name` (usage) */
export function knownErrno(family: GuestFamily | undefined, name: string): KnownName {
  const number = family && errnoNumber(family, name);
  const isKnown = family ? number !== undefined : errnoNames().includes(name);
  if (!isKnown) throw unknown("errno", name, family, namesIn(family, errnoNames(), errnoNumber));
  const shown = family && number !== undefined ? errnoName(family, number) : canonicalErrno(name);
  return { name: shown, number };
}

/** @throws LaneError `unknown-outcome-name` (usage) */
export function knownSignal(family: GuestFamily | undefined, name: string): KnownName {
  const number = family && signalNumber(family, name);
  const isKnown = family ? number !== undefined : signalNames().includes(name);
  if (!isKnown) throw unknown("signal", name, family, namesIn(family, signalNames(), signalNumber));
  const shown = family && number !== undefined ? signalName(family, number) : canonicalSignal(name);
  return { name: shown, number };
}

/** `ENOTSUP (95)` */
export function withNumber({ name, number }: KnownName): string {
  return number === undefined ? name : `${name} (${number})`;
}

function namesIn(
  family: GuestFamily | undefined,
  names: readonly string[],
  numberOf: (family: GuestFamily, name: string) => number | undefined,
): readonly string[] {
  return family ? names.filter((name) => numberOf(family, name) !== undefined) : names;
}

function unknown(
  what: string,
  name: string,
  family: GuestFamily | undefined,
  names: readonly string[],
): LaneError {
  const nearest = nearestName(name, names);
  const guests = family === undefined ? "no guest has" : `${familyNames[family]} does not have`;
  const question = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return new LaneError(
    "unknown-outcome-name",
    `found the ${what} name "${name}", which ${guests}${question}`,
    { facts: { name } },
  );
}
