import type { Sighting } from "./crash.js";

/** How often a crash of a column was seen so far. */
export interface SeenCrash {
  readonly id: string;
  readonly title: string;
  readonly severity: Sighting["severity"];
  /** In so many columns, this one included: 1 is new. */
  readonly count: number;
  /** When it was seen first; ISO 8601. */
  readonly firstSeen: string;
}

/** How a run says it: `new`, or `seen 7 times since 2026-11-20`. */
export function describeSeen({ count, firstSeen }: SeenCrash): string {
  return count === 1 ? "new" : `seen ${count} times since ${firstSeen.slice(0, 10)}`;
}

/** Of the death among a column's crashes, in parentheses and behind a blank; nothing where there is none. */
export function deathSeen(crashes: readonly SeenCrash[]): string {
  const death = crashes.find(({ severity }) => severity === "fatal");
  return death ? ` (${describeSeen(death)})` : "";
}
