/**
 * Guests that resume from a checkpoint.
 */
import { randomUUID } from "node:crypto";
import { LaneError } from "../../base/errors.js";
import { differenceOf, ingredientsOf, type Ingredients } from "./ingredients.js";
import type { KeptCheckpoint } from "./description.js";
import { sweepLedger } from "../../host/ledger.js";
import { claimRunFolder } from "../../host/run-folder.js";
import { planRestored, planSavable } from "./plan-checkpoint.js";
import { planRun, type ColumnPlan, type RunPlan } from "../../run/plan.js";
import type { Checkpoint } from "./checkpoint.js";
import { startLiveGuest, type LiveGuest } from "../guest/live-guest.js";
import { whileGuestLives } from "../guest/while-guest-lives.js";

export interface ResumeOptions {
  /** Ends the guest at once. */
  readonly signal?: AbortSignal;
  /** Whether `guest.checkpoint()` can be called. Default false. */
  readonly savable?: boolean;
}

/**
 * Starts another guest from a checkpoint: of the same lane and kernel, with a run's folder of its own. As many as like live
 * side by side; each has what the guest had at the checkpoint, and the host's time of day.
 *
 * @throws LaneError `checkpoint-mismatch` (usage) when the kernel, the agent or the base image has changed since;
 *   `checkpoint-damaged` (host)
 * @example
 * await using checkpoint = await guest.checkpoint();
 * await using other = await restoreGuest(checkpoint);
 */
export async function restoreGuest(
  checkpoint: Checkpoint,
  options: ResumeOptions = {},
): Promise<LiveGuest> {
  const { request, facts, folder } = checkpoint.run;
  const restored = `${folder.replace(/-restored-[0-9a-f]{8}$/, "")}-restored-${randomUUID().slice(0, 8)}`;
  const run = await planRun(request, { ...facts, now: new Date() }, { folder: restored });
  const plan = run.columns[0]!;
  await sweepLedger();
  return whileGuestLives(await claimRunFolder(run.folder, [plan.kernel]), async () =>
    resumeGuest(run, plan, checkpoint, await ingredientsOf(run, plan), options),
  );
}

/**
 * Goes on from a checkpoint as this plan says.
 *
 * @param ingredients what the plan depends on
 * @throws as {@link restoreGuest}
 */
export async function resumeGuest(
  run: RunPlan,
  plan: ColumnPlan,
  kept: KeptCheckpoint,
  ingredients: Ingredients,
  { signal, savable = false }: ResumeOptions,
): Promise<LiveGuest> {
  const difference = differenceOf(kept.ingredients, ingredients);
  if (difference !== undefined) throw mismatch(kept.folder, difference);
  const restored = planRestored(run, plan, kept.machine);
  return startLiveGuest(run, savable ? planSavable(run, restored) : restored, {
    ...(signal ? { signal } : {}),
    resume: { channel: kept.channel },
  });
}

function mismatch(folder: string, difference: string): LaneError {
  return new LaneError(
    "checkpoint-mismatch",
    `the checkpoint ${folder} is of another machine: ${difference}`,
    { facts: { folder } },
  );
}
