/**
 * Which guest a test has been given, and where its console stood then.
 */
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { LaneConfig } from "../lane/lane.js";

export interface GuestOfTest {
  readonly guest: LiveGuest;
  readonly lane: LaneConfig;
  /** The first line of the console that belongs to the test. */
  readonly firstLine: number;
}

const byTask = new WeakMap<object, GuestOfTest>();
/** Guests whose death a test has asked for. */
const expectedDeaths = new WeakSet<LiveGuest>();

export function giveGuest(task: object, guest: LiveGuest, lane: LaneConfig): void {
  byTask.set(task, { guest, lane, firstLine: guest.console.lineCount });
}

/** What the test was given; undefined for a test that has no guest. */
export function guestOfTest(task: object | undefined): GuestOfTest | undefined {
  return task && byTask.get(task);
}

export function expectDeath(guest: LiveGuest): void {
  expectedDeaths.add(guest);
}

export function isDeathExpected(guest: LiveGuest): boolean {
  return expectedDeaths.has(guest);
}
