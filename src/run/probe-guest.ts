/**
 * One kernel of a lane, from its image to its record: what a test calls.
 */
import { LaneError } from "../base/errors.js";
import { loadConfig, selectLane } from "../lane/config.js";
import type { LaneConfig } from "../lane/lane.js";
import type { ColumnRecord } from "./record.js";
import { resolveOneKernel, type NamedLane, type RunOptions } from "../lane/request.js";
import { runLane, type RunLaneOptions } from "./run-lane.js";

export interface ProbeGuestOptions extends Omit<RunOptions, "only">, RunLaneOptions {
  /** A lane by its name, built in or of `kernlane.config.ts`, or the lane itself, whose paths are then relative to the working folder. */
  readonly lane: string | LaneConfig;
  /** The column that is booted. Default: the lane's only one besides `stock`, else `stock`. */
  readonly kernel?: string;
}

/**
 * Stages, boots, probes and judges one kernel. A kernel that dies is a record with its verdict; what is thrown is trouble of the
 * lane itself.
 *
 * @throws LaneError
 * @example
 * const record = await probeGuest({ lane: "twq", image: "guest.raw", kernels: { TWQDEBUG: "obj/kernel" } });
 * record.verdict; // "passed"
 * record.steps;   // [{ step: "twq_kernreturn(INIT)", seen: "ENOTSUP", … }]
 */
export async function probeGuest(options: ProbeGuestOptions): Promise<ColumnRecord> {
  const { lane, kernel, listener, signal, ...rest } = options;
  const named = await laneOf(lane);
  const wanted = kernel === undefined ? rest : { ...rest, only: kernel };
  const run = await runLane(resolveOneKernel(named, wanted), {
    ...(listener ? { listener } : {}),
    ...(signal ? { signal } : {}),
  });
  const record = run.columns[0]!;
  if (record.error === null) return record;
  const { code, message, hint } = record.error;
  throw new LaneError(code, message, { hint: hint ?? undefined });
}

async function laneOf(lane: string | LaneConfig): Promise<NamedLane> {
  if (typeof lane !== "string") return { name: "probe", lane, folder: process.cwd() };
  return selectLane(await loadConfig(undefined), lane);
}
