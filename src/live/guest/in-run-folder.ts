/** A guest's run folder, which is its own from before it starts until it has ended. */
import { claimRunFolder } from "../../host/run-folder.js";
import type { ColumnPlan, RunPlan } from "../../run/plan.js";
import type { LiveGuest } from "./live-guest.js";

/** @throws LaneError `out-not-writable`, `out-not-a-run`, `out-in-use` (usage), and what `begin` throws */
export async function inRunFolder(
  run: RunPlan,
  plan: ColumnPlan,
  begin: () => Promise<LiveGuest>,
): Promise<LiveGuest> {
  const folder = await claimRunFolder(run.folder, [plan.kernel]);
  try {
    const guest = await begin();
    void guest.ended.finally(() => folder[Symbol.dispose]());
    return guest;
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}
