/**
 * Guests that resume from their lane's checkpoint: made once, used as long as everything that it depends on stays the same.
 */
import { LaneError } from "../../base/errors.js";
import { dropCached, findCached, keepInCache, withKey } from "./cache.js";
import { ingredientsOf, keyOf, type Ingredients } from "./ingredients.js";
import { readCheckpoint, type KeptCheckpoint } from "./description.js";
import { requireCheckpoints } from "../../machine/no-checkpoints.js";
import { planSavable } from "./plan-checkpoint.js";
import { hypervisorOf } from "../../run/host-facts.js";
import type { ColumnPlan, RunPlan } from "../../run/plan.js";
import { startMainProcess, writeCheckpoint } from "./checkpoint.js";
import { startLiveGuest, type LiveGuest } from "../guest/live-guest.js";
import { resumeGuest, type ResumeOptions } from "./resume-guest.js";

/** Beyond what the boot may take: saving, on a slow disk. */
const SAVE_MS = 120_000;

/**
 * Boots a guest and saves it where the cache has no checkpoint that fits, and resumes from it. Another process that is
 * making the same one is waited for.
 *
 * @throws LaneError `checkpoint-unsupported` (usage), `checkpoint-failed`, `checkpoint-busy` (host); as `startLiveGuest`
 */
export async function startFromCache(
  run: RunPlan,
  plan: ColumnPlan,
  options: ResumeOptions = {},
): Promise<LiveGuest> {
  requireCheckpoints(hypervisorOf(run.facts.hypervisor));
  const ingredients = await ingredientsOf(run, plan);
  const key = keyOf(ingredients);
  const found = findCached(key);
  if (found) {
    try {
      return await resumeGuest(run, plan, found, ingredients, options);
    } catch (error) {
      if (!isCheckpoints(error, found, options)) throw error;
      dropCached(key);
    }
  }
  const { load, kernel, rc } = plan.budgets.phasesMs;
  // Another process may have made it by the time that it is our turn.
  const kept = await withKey(key, load + kernel + rc + SAVE_MS, async () => {
    const ofAnother = findCached(key);
    return ofAnother ?? keepInCache(key, (folder) => make(run, plan, folder, ingredients, options));
  });
  return resumeGuest(run, plan, kept, ingredients, options);
}

/** Boots the guest, saves it and ends it: the one that is used resumes from the checkpoint, as all after it do. */
async function make(
  run: RunPlan,
  plan: ColumnPlan,
  folder: string,
  ingredients: Ingredients,
  { signal }: ResumeOptions,
): Promise<void> {
  const savable = planSavable(run, plan);
  // What is staged for the guest that is used comes in the same places.
  const passing = { ...run, request: { ...run.request, keep: false } };
  const guest = await startLiveGuest(passing, savable, signal ? { signal } : {});
  try {
    await startMainProcess(guest, plan.guest);
    const channel = String(guest.identity["channel"]);
    const atRest = { run, plan: savable, machine: guest.machine, channel };
    await writeCheckpoint(folder, atRest, ingredients);
  } finally {
    await guest.stop();
  }
}

/** Whether a guest did not come up because of the checkpoint, and another may be made in its place. */
function isCheckpoints(
  error: unknown,
  { folder }: KeptCheckpoint,
  { signal }: ResumeOptions,
): boolean {
  if (signal?.aborted || !(error instanceof LaneError)) return false;
  const codes = ["checkpoint-damaged", "channel-silent", "guest-ended"];
  // Another process may have removed it meanwhile.
  return codes.includes(error.code) || readCheckpoint(folder) === undefined;
}
