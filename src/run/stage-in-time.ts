import { formatDuration } from "../base/units.js";
import { LaneError } from "../base/errors.js";
import type { Guest, StagingPlan } from "../guests/guest.js";
import { startFairTimer } from "../host/fair-timer.js";

/**
 * Stages a guest, and ends that when its budget is spent.
 *
 * @throws LaneError those of staging; `stage-late` (host); the signal's reason
 */
export async function stageInTime(
  guest: Pick<Guest, "stage">,
  plan: StagingPlan,
  budgetMs: number,
  signal: AbortSignal,
): Promise<void> {
  const late = new AbortController();
  const timer = startFairTimer(budgetMs, () => late.abort(stageLate(budgetMs)));
  try {
    await guest.stage(plan, AbortSignal.any([signal, late.signal]));
  } finally {
    timer.stop();
  }
}

function stageLate(budgetMs: number): LaneError {
  return new LaneError(
    "stage-late",
    `staging the guest took longer than ${formatDuration(budgetMs)}, which is its budget`,
    { facts: { budgetMs } },
  );
}
