import { counterSources, twqStats, type TwqStats } from "../../lanes/twq/stats.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";

/** What the counters of the guest's kernel say now. */
export async function readTwqStats(guest: LiveGuest): Promise<TwqStats> {
  const { after } = await guest.counters(counterSources[guest.plan.guest], () => undefined);
  return twqStats(after);
}
