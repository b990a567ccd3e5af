/**
 * A lane's guest, booted and ready to be asked.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { LaneError } from "../base/errors.js";
import { sweepLedger } from "../host/ledger.js";
import { defaultRunsFolder } from "../host/paths.js";
import { makeRunFolder } from "../host/run-folder.js";
import { loadConfig, selectLane } from "../run/config.js";
import { findHostFacts } from "../run/host-facts.js";
import type { LaneConfig } from "../run/lane.js";
import { planRun, type ColumnPlan, type RunPlan } from "../run/plan.js";
import {
  resolveRequest,
  type NamedLane,
  type RunOptions,
  type RunRequest,
} from "../run/request.js";
import { startLiveGuest, type LiveGuest } from "./live-guest.js";

export interface BootOptions extends Omit<RunOptions, "only" | "probeTimeout"> {
  /** A lane of the config by its name, or a lane itself, whose paths are relative to the working folder. Default as `kernlane run`. */
  readonly lane?: string | LaneConfig;
  /** The config's path. Default: the one of the working folder, if there is one. */
  readonly config?: string;
  /** Which column of the lane. It may be left out where there is one only. */
  readonly kernel?: string;
  /** Ends the guest at once. */
  readonly signal?: AbortSignal;
}

/**
 * Boots a guest and waits until it answers. Its console and events go to a run's folder, as do its record and verdict when it
 * has ended; `await using` powers it off.
 *
 * @throws LaneError as a run's plan does; `kernel-ambiguous` (usage); `guest-ended` (usage) with verdict and console when
 *   the guest does not come up; `live-needs-channel` (host)
 * @example
 * await using guest = await bootGuest({ lane: "twq", kernel: "TWQDEBUG" });
 * expect((await guest.syscall(468, 0x1, 0, 0, 0)).outcome).toBe("ENOTSUP");
 */
export async function bootGuest(options: BootOptions = {}): Promise<LiveGuest> {
  const { run, plan } = await planLiveGuest(options);
  await sweepLedger();
  makeRunFolder(run.folder, [plan.kernel]);
  return startLiveGuest(run, plan, options.signal ? { signal: options.signal } : {});
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
  const run = await planRun(request, await findHostFacts(request, true));
  return { run, plan: run.columns[0]! };
}

async function laneOf({ lane, config }: BootOptions): Promise<NamedLane> {
  if (typeof lane === "object") return { name: "live", lane, folder: process.cwd() };
  return selectLane(await loadConfig(config), lane);
}

function liveRequest(lane: NamedLane, options: BootOptions): RunRequest {
  const { kernel } = options;
  const request = resolveRequest(lane, {
    ...options,
    ...(kernel === undefined ? {} : { only: kernel }),
  });
  if (request.columns.length > 1) throw ambiguous(request);
  // Guests of many workers may begin in the same moment.
  const name = `live-${request.lane}-${randomUUID().slice(0, 8)}`;
  const out = join(defaultRunsFolder(), name);
  return { out, ...request, transport: "live", steps: [] };
}

function ambiguous({ lane, columns }: RunRequest): LaneError {
  const names = columns.map((column) => column.kernel).join(", ");
  return new LaneError({
    code: "kernel-ambiguous",
    who: "usage",
    message: `the lane "${lane}" has the kernels ${names}, and a live guest is one of them`,
    hint: 'say which: kernel: "NAME"',
  });
}
