/** What a column has shown is entered among the crashes. Trouble with that is told, and is nobody else's. */
import { dirname } from "node:path";
import { messageOf } from "../base/errors.js";
import { addSighting } from "./add-sighting.js";
import { idOf, type Sighting, type SightingPlace } from "./crash.js";
import type { SeenCrash } from "./seen-crash.js";
import { listCrashIds, readCrash, whileLocked, writeCrash } from "./store.js";

export interface Entered {
  readonly crashes: readonly SeenCrash[];
  /** A sentence for each thing that was in the way. */
  readonly notices: readonly string[];
}

/** A guest may print what it likes: so many titles of one column are entered, and so many are kept in all. */
const MAX_OF_COLUMN = 100;
const MAX_CRASHES = 5000;

/**
 * Enters each title once. Never rejects.
 *
 * @param folder of the crashes; it is made
 * @example await enterSightings(defaultCrashesFolder(), sightings, place);
 */
export async function enterSightings(
  folder: string,
  sightings: readonly Sighting[],
  place: SightingPlace,
): Promise<Entered> {
  const byTitle = new Map(sightings.toReversed().map((one) => [one.title, one]));
  const all = sightings.filter((one) => byTitle.get(one.title) === one);
  if (all.length === 0) return { crashes: [], notices: [] };
  const wanted = all.slice(0, MAX_OF_COLUMN);
  const left = all.length - wanted.length;
  const notices = left > 0 ? [`${left} further titles were not entered among the crashes`] : [];
  try {
    const entered = await whileLocked(folder, () => enterAll(folder, wanted, place));
    return { crashes: entered.crashes, notices: [...notices, ...entered.notices] };
  } catch (error) {
    return { crashes: [], notices: [`the crashes were not counted: ${messageOf(error)}`] };
  }
}

function enterAll(folder: string, sightings: readonly Sighting[], place: SightingPlace): Entered {
  const crashes: SeenCrash[] = [];
  const notices: string[] = [];
  let room = MAX_CRASHES - listCrashIds(folder).length;
  for (const seen of sightings) {
    const id = idOf(seen.title);
    const found = readCrash(folder, id);
    if (typeof found === "object" && "damage" in found) {
      notices.push(`not counted, and left alone: ${found.damage}`);
    } else if (found === "missing" && room <= 0) {
      notices.push(
        `not counted: ${folder} holds ${MAX_CRASHES} crashes; remove some: kernlane crashes rm`,
      );
    } else {
      const before = found === "missing" ? undefined : found.crash;
      if (!before) room--;
      const crash = addSighting(before, seen, place, dirname(folder));
      if (crash !== before) writeCrash(folder, crash);
      const { title, count, firstSeen } = crash;
      crashes.push({ id, title, severity: seen.severity, count, firstSeen });
    }
  }
  return { crashes, notices: [...new Set(notices)] };
}
