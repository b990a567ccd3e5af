/**
 * A lane's guest, booted and ready to be asked.
 */
import { sweepLedger } from "../../host/ledger.js";
import { loadConfig, selectLane } from "../../lane/config.js";
import { findHostFacts } from "../../run/host-facts.js";
import type { LaneConfig } from "../../lane/lane.js";
import { ingredientsOf } from "../checkpoint/ingredients.js";
import { planSavable } from "../checkpoint/plan-checkpoint.js";
import { planRun, type ColumnPlan, type RunPlan } from "../../run/plan.js";
import {
  resolveOneKernel,
  type NamedLane,
  type RunOptions,
  type RunRequest,
} from "../../lane/request.js";
import { startFromCache } from "../checkpoint/cached-guest.js";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { resumeGuest, type ResumeOptions } from "../checkpoint/resume-guest.js";
import { inRunFolder } from "./in-run-folder.js";
import { startLiveGuest, type LiveGuest } from "./live-guest.js";

export interface BootOptions extends Omit<RunOptions, "only" | "probeTimeout">, BeginOptions {
  /** A lane of the config by its name, or a lane itself, whose paths are relative to the working folder. Default as `kernlane run`. */
  readonly lane?: string | LaneConfig;
  /** The config's path. Default: the one of the working folder, if there is one. */
  readonly config?: string;
  /** Which column of the lane. Default: its only one besides `stock`, else `stock`. */
  readonly kernel?: string;
}

export interface BeginOptions extends ResumeOptions {
  /**
   * `true`: the guest goes on from its lane's checkpoint, which is made where the cache has none that fits: it answers in
   * half a second instead of after its boot. A checkpoint: it goes on from that. Default false: it boots.
   */
  readonly checkpoint?: boolean | Checkpoint;
}

/**
 * Boots a guest and waits until it answers. Its console and events go to a run's folder, as do its record and verdict when it
 * has ended; `await using` powers it off.
 *
 * @throws LaneError as a run's plan does; `kernel-ambiguous` (usage); `guest-ended` (usage) with verdict and console when
 *   the guest does not come up; `live-needs-channel` (host); `checkpoint-unsupported`, `checkpoint-mismatch` (usage),
 *   `checkpoint-failed`, `checkpoint-damaged`, `checkpoint-busy` (host)
 * @example
 * await using guest = await bootGuest({ lane: "twq", kernel: "TWQDEBUG", checkpoint: true });
 * expect((await guest.syscall(468, 0x1, 0, 0, 0)).outcome).toBe("ENOTSUP");
 */
export async function bootGuest(options: BootOptions = {}): Promise<LiveGuest> {
  const { run, plan } = await planLiveGuest(options);
  await sweepLedger();
  return inRunFolder(run, plan, () => beginGuest(run, plan, options));
}

/**
 * Boots a planned guest, or goes on from a checkpoint of it.
 *
 * @throws as {@link bootGuest}
 */
export async function beginGuest(
  run: RunPlan,
  plan: ColumnPlan,
  options: BeginOptions,
): Promise<LiveGuest> {
  const { checkpoint = false, savable = false, signal } = options;
  if (checkpoint === true) return startFromCache(run, plan, options);
  if (checkpoint !== false) {
    return resumeGuest(run, plan, checkpoint, await ingredientsOf(run, plan), options);
  }
  const started = savable ? planSavable(run, plan) : plan;
  return startLiveGuest(run, started, signal ? { signal } : {});
}

/**
 * What {@link bootGuest} would do; touches nothing but what a run fetches.
 *
 * @throws LaneError as a run's plan does; `kernel-ambiguous` (usage)
 */
export async function planLiveGuest(
  options: BootOptions,
): Promise<{ readonly run: RunPlan; readonly plan: ColumnPlan }> {
  const request = liveRequest(await laneOf(options), options);
  const run = await planRun(request, await findHostFacts(request, true), { mayFetch: true });
  return { run, plan: run.columns[0]! };
}

async function laneOf({ lane, config }: BootOptions): Promise<NamedLane> {
  if (typeof lane === "object") return { name: "live", lane, folder: process.cwd() };
  return selectLane(await loadConfig(config), lane);
}

function liveRequest(lane: NamedLane, options: BootOptions): RunRequest {
  const { kernel } = options;
  const wanted = kernel === undefined ? options : { ...options, only: kernel };
  return resolveOneKernel(lane, wanted, "live");
}
