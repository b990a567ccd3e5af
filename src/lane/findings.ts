/**
 * What a lane says of findings: reports of the console that do not end the kernel.
 */
import { LaneError } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import { nearestName } from "../base/nearest.js";
import { findingNames } from "../console/finding-names.js";

/** `fail`: a run with such a finding fails. `report`: it is shown and counted, and the kernel's other answers decide. */
export type FindingFate = "fail" | "report";

/** By class (`locks`), by the name of a row of `docs/console-marks.md` (`lockdep`), by title, and `*` for all others. */
export type FindingsPolicy = Readonly<Record<string, FindingFate>>;

export type FindingsConfig = FindingFate | FindingsPolicy;

/** @throws LaneError `finding-unknown` (usage) for a word that is neither a class nor a name; titles cannot be checked */
export function findingsPolicy(
  config: FindingsConfig = "fail",
  family: GuestFamily,
): FindingsPolicy {
  if (typeof config === "string") return { "*": config };
  const known = findingNames(family);
  for (const key of Object.keys(config)) {
    if (key === "*" || known.includes(key) || !isWord(key)) continue;
    const nearest = nearestName(key, known);
    throw new LaneError(
      "finding-unknown",
      `findings: ${key} is neither a class nor a name of a finding on a ${family} console` +
        (nearest === undefined ? "" : `, did you mean ${nearest}?`),
      { facts: { key } },
    );
  }
  return config;
}

/** Titles have blanks or capital letters in them, classes and names have not. */
function isWord(key: string): boolean {
  return /^[a-z0-9-]*$/.test(key);
}
