import { parseTwqStats, type TwqStats } from "../../lanes/twq/stats.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";

export async function readTwqStats(guest: LiveGuest): Promise<TwqStats> {
  return parseTwqStats(await guest.readFile("/proc/twq/stats"));
}
