/**
 * A lane's guest, booted and ready to be asked.
 */
import { takeGuestSlot } from "../../host/guest-quota.js";
import { sweepLedger } from "../../host/ledger.js";
import { claimRunFolder } from "../../host/run-folder.js";
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
import { startLiveGuest, type LiveGuest } from "./live-guest.js";
import { whileGuestLives } from "./while-guest-lives.js";

export interface BootOptions extends Omit<RunOptions, "only" | "probeTimeout">, CheckpointOptions {
  /** A lane of the config by its name, or a lane itself, whose paths are relative to the working folder. Default as `kernlane run`. */
  readonly lane?: string | LaneConfig;
  /** The config's path. Default: the one of the working folder, if there is one. */
  readonly config?: string;
  /** Which column of the lane. Default: its only one besides `stock`, else `stock`. */
  readonly kernel?: string;
}

interface CheckpointOptions extends ResumeOptions {
  /**
   * `true`: the guest resumes from its lane's checkpoint, which is made where the cache has none that fits: it answers in a tenth
   * of a second instead of after its boot. A checkpoint: it resumes from that one. Default false: it boots.
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
  return startPlanned(await planLiveGuest(options), options);
}

/**
 * As {@link bootGuest}, once there is a place for it beside the guests of other processes; the place is given back when the guest
 * has ended.
 *
 * @param waiting told once when that takes some seconds
 * @throws LaneError as `bootGuest`; `guest-slot-timeout` (host)
 */
export async function bootGuestInTurn(
  options: BootOptions,
  waiting: (sentence: string) => void,
): Promise<LiveGuest> {
  const { run, plan } = await planLiveGuest(options);
  const { cpus, memoryMiB } = plan.machine;
  const need = { cpus, memoryMiB, what: `${run.request.lane}, kernel ${plan.kernel}` };
  return whileGuestLives(await takeGuestSlot(need, { waiting }), () => {
    // Its time begins now, and not when it began to wait.
    const begun = { ...run, facts: { ...run.facts, now: new Date() } };
    return startPlanned({ run: begun, plan }, options);
  });
}

interface PlannedGuest {
  readonly run: RunPlan;
  readonly plan: ColumnPlan;
}

/** Touches nothing but what a run fetches. */
async function planLiveGuest(options: BootOptions): Promise<PlannedGuest> {
  const request = liveRequest(await laneOf(options), options);
  const run = await planRun(request, await findHostFacts(request, true), { mayFetch: true });
  return { run, plan: run.columns[0]! };
}

async function startPlanned(
  { run, plan }: PlannedGuest,
  options: CheckpointOptions,
): Promise<LiveGuest> {
  const { checkpoint = false, savable = false, signal } = options;
  await sweepLedger();
  return whileGuestLives(await claimRunFolder(run.folder, [plan.kernel]), async () => {
    if (checkpoint === true) return startFromCache(run, plan, options);
    if (checkpoint !== false) {
      return resumeGuest(run, plan, checkpoint, await ingredientsOf(run, plan), options);
    }
    return startLiveGuest(run, savable ? planSavable(run, plan) : plan, signal ? { signal } : {});
  });
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
