/**
 * Which guest a test has been given, and where its console stood then.
 */
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { LaneConfig } from "../lane/lane.js";

export interface Handed {
  readonly guest: LiveGuest;
  readonly lane: LaneConfig;
  /** The first line of the console that belongs to the test. */
  readonly firstLine: number;
}

const byTask = new WeakMap<object, Handed>();
/** Guests whose death a test has asked for. */
const mourned = new WeakSet<LiveGuest>();

export function hand(task: object, guest: LiveGuest, lane: LaneConfig): void {
  byTask.set(task, { guest, lane, firstLine: guest.console.lineCount });
}

/** What the test was given; undefined for a test that has no guest. */
export function handedTo(task: object | undefined): Handed | undefined {
  return task && byTask.get(task);
}

export function expectDeath(guest: LiveGuest): void {
  mourned.add(guest);
}

export function isDeathExpected(guest: LiveGuest): boolean {
  return mourned.has(guest);
}
