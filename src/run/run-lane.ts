/**
 * The line: request → facts → plan → columns → record.
 */
import { join } from "node:path";
import { runInSlots, slotsFor } from "../host/concurrency.js";
import { writeJsonFile } from "../host/json-file.js";
import { sweepLedger } from "../host/ledger.js";
import { claimRunFolder, RECORD_FILE } from "../host/run-folder.js";
import type { RunRequest } from "../lane/request.js";
import { compareColumns } from "./compare-columns.js";
import { findHostFacts } from "./host-facts.js";
import { planRun, type RunPlan } from "./plan.js";
import { recordRun, type RunRecord } from "./record.js";
import { refuseInputAsLog } from "./refuse-input-as-log.js";
import { runColumn, type RunListener } from "./run-column.js";

export interface LaneListener extends RunListener {
  readonly planned?: (plan: RunPlan) => void;
  /** A sentence about something that was set right before the run. */
  readonly notice?: (sentence: string) => void;
}

export interface RunLaneOptions {
  /** Ends the guests; their columns are then `incomplete`. */
  readonly signal?: AbortSignal;
  /** Told of the run while it goes on. */
  readonly listener?: LaneListener;
}

/**
 * Runs a lane: each column staged, booted, probed and judged, as many side by side as cores and memory allow.
 *
 * @throws LaneError for a request that cannot be planned or a folder that cannot be made, and when the record cannot be written:
 *   not before every guest has ended; trouble of one column is in its record
 * @example const record = await runLane(resolveRequest(lane, {}), { signal: AbortSignal.timeout(60_000) })
 */
export async function runLane(
  request: RunRequest,
  options: RunLaneOptions = {},
): Promise<RunRecord> {
  return runPlan(await planLane(request, options), options);
}

/**
 * What earlier runs left behind is swept first, for it may be in the way.
 *
 * @throws LaneError for a request that this host cannot run or that cannot be planned
 */
export async function planLane(
  request: RunRequest,
  { signal, listener = {} }: RunLaneOptions = {},
): Promise<RunPlan> {
  for (const sentence of await sweepLedger()) listener.notice?.(sentence);
  const facts = await findHostFacts(request, true);
  return planRun(request, facts, { mayFetch: true, ...(signal ? { signal } : {}) });
}

/** Does what was planned; see {@link runLane}. */
export async function runPlan(
  plan: RunPlan,
  { signal = new AbortController().signal, listener = {} }: RunLaneOptions = {},
): Promise<RunRecord> {
  const { request, facts } = plan;
  refuseInputAsLog(plan);
  using folder = await claimRunFolder(
    plan.folder,
    plan.columns.map((column) => column.kernel),
  );
  listener.planned?.(plan);
  for (const sentence of noticesOf(plan)) listener.notice?.(sentence);
  const slots = slotsFor(plan.columns[0]?.machine.cpus ?? request.cpus, request.memoryMiB);
  const alone = await runInSlots(slots, plan.columns, (column) =>
    runColumn(plan, column, listener, signal),
  );
  const columns = compareColumns(plan.columns, alone);
  const record = recordRun(request.lane, plan.folder, facts.now, columns, signal.aborted);
  writeJsonFile(join(folder.path, RECORD_FILE), record);
  return record;
}

/** Each once: what was found of the base image is the same in every column. */
function noticesOf(plan: RunPlan): readonly string[] {
  return [...new Set(plan.columns.flatMap((column) => column.staging.notices))];
}
