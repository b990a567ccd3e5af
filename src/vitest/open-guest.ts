/**
 * The one place where guests of fixtures come from.
 */
import { sweepLedger } from "../host/ledger.js";
import { takeGuestSlot } from "../host/guest-quota.js";
import { beginGuest, planLiveGuest } from "../live/guest/boot-guest.js";
import { inRunFolder } from "../live/guest/in-run-folder.js";
import type { LiveGuest } from "../live/guest/live-guest.js";
import type { UseOptions } from "./use-options.js";

/**
 * Boots a guest, or goes on from its checkpoint, when there is a place for it on this host, and gives the place back when the guest has ended.
 *
 * @throws LaneError as `bootGuest`; `guest-slot-timeout` (host)
 */
export async function openGuest(options: UseOptions): Promise<LiveGuest> {
  const { run, plan } = await planLiveGuest(options);
  const { lane, cpus, memoryMiB } = run.request;
  const need = { cpus, memoryMiB, what: `${lane}, kernel ${plan.kernel}` };
  const slot = await takeGuestSlot(need, { waiting: say });
  try {
    await sweepLedger();
    // Its time begins now, and not when it began to wait.
    const begun = { ...run, facts: { ...run.facts, now: new Date() } };
    const guest = await inRunFolder(run, plan, () => beginGuest(begun, plan, options));
    void guest.ended.then(() => slot[Symbol.asyncDispose]());
    return guest;
  } catch (error) {
    await slot[Symbol.asyncDispose]();
    throw error;
  }
}

function say(sentence: string): void {
  process.stderr.write(`kernlane: ${sentence}\n`);
}
