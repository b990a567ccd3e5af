/**
 * A guest's state, kept so that others resume from it.
 */
import { randomUUID } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { LaneError } from "../../base/errors.js";
import type { GuestFamily } from "../../base/family.js";
import { callNumbers } from "../guest/call-numbers.js";
import type { Caller } from "../guest/caller.js";
import { ingredientsOf, type Ingredients } from "./ingredients.js";
import { CONSOLE_LOG, describeCheckpoint, type KeptCheckpoint } from "./description.js";
import { openHold } from "../../host/ledger.js";
import { makeFolder } from "../../host/make-folder.js";
import type { Machine } from "../../machine/machine.js";
import { placesIn } from "../../machine/saved-places.js";
import type { ColumnPlan, RunPlan } from "../../run/plan.js";

/** Its files are only read by the guests that resume from it. It is removed when it is disposed of; they live on. */
export interface Checkpoint extends KeptCheckpoint, AsyncDisposable {
  /** The plan of the guest that it is of. */
  readonly run: RunPlan;
}

/** A guest at rest. */
export interface GuestAtRest {
  readonly run: RunPlan;
  readonly plan: ColumnPlan;
  readonly machine: Machine;
  /** The device by which its agent is asked. */
  readonly channel: string;
}

/**
 * Into the guest's own folder.
 *
 * @param ingredients of {@link ingredientsToKeep}
 * @throws LaneError `checkpoint-not-savable` (usage), `checkpoint-failed` (host)
 */
export async function makeCheckpoint(
  guest: GuestAtRest,
  ingredients: Promise<Ingredients> | undefined,
): Promise<Checkpoint> {
  if (!ingredients) throw notSavable(guest.plan.kernel);
  const folder = join(guest.plan.folder, `checkpoint-${randomUUID().slice(0, 8)}`);
  const hold = await openHold(`a checkpoint of ${guest.plan.machine.name}`, [folder]);
  try {
    makeFolder(folder);
    const kept = await writeCheckpoint(folder, guest, await ingredients);
    return {
      ...kept,
      run: guest.run,
      [Symbol.asyncDispose]: () => hold[Symbol.asyncDispose](),
    };
  } catch (error) {
    await hold[Symbol.asyncDispose]();
    throw error;
  }
}

/** The agent makes its main process for the first call: done before the checkpoint, no guest that resumes has to wait for it. */
export async function startMainProcess(guest: Caller, family: GuestFamily): Promise<void> {
  await guest.syscall(callNumbers[family].getpid);
}

/**
 * What a guest that can be saved is made of, found out as it starts: its kernel's file may be another one later. One that was
 * restored is made of what the first one was.
 */
export function ingredientsToKeep(
  run: RunPlan,
  plan: ColumnPlan,
): Promise<Ingredients> | undefined {
  if (plan.machine.memoryFile === undefined) return undefined;
  const planned = run.columns.find(({ kernel }) => kernel === plan.kernel) ?? plan;
  const ingredients = ingredientsOf(run, planned);
  // Who wants a checkpoint is told.
  ingredients.catch(() => undefined);
  return ingredients;
}

/** @throws as {@link makeCheckpoint}; what was written is the caller's to remove */
export async function writeCheckpoint(
  folder: string,
  { plan, machine, channel }: GuestAtRest,
  ingredients: Ingredients,
): Promise<KeptCheckpoint> {
  if (!machine.save) throw notSavable(plan.kernel);
  const diskCount = plan.machine.disks.length;
  await machine.save(placesIn(folder, diskCount));
  copyFileSync(plan.consoleLog, join(folder, CONSOLE_LOG));
  return describeCheckpoint(folder, diskCount, { ingredients, channel });
}

function notSavable(kernel: string): LaneError {
  return new LaneError(
    "checkpoint-not-savable",
    `checkpoint: the guest of ${kernel} was not started so that it can be saved`,
  );
}
