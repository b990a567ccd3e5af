import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { inject } from "vitest";
import type { Step } from "../../src/protocol/steps.js";
import type { LaneConfig } from "../../src/lane/lane.js";
import type { RunOptions } from "../../src/lane/request.js";
import { resolveRequest } from "../../src/lane/request.js";
import type { ColumnRecord, RunRecord } from "../../src/run/record.js";
import { runLane, type LaneListener } from "../../src/run/run-lane.js";
import { tempFolder } from "../temp-folder.js";

/** A folder that goes with the test. */
export function scratchFolder(): string {
  const folder = tempFolder("vm");
  return folder;
}

export interface GuestRun {
  readonly steps: readonly Step[];
  readonly lane?: Partial<LaneConfig>;
  readonly options?: RunOptions;
  readonly listener?: LaneListener;
  readonly signal?: AbortSignal;
}

/** Runs a lane of one test under TCG. Its only column is the stock kernel unless the lane says otherwise. */
export function runGuests({
  steps,
  lane,
  options,
  listener,
  signal,
}: GuestRun): Promise<RunRecord> {
  const request = resolveRequest(
    {
      name: "test",
      lane: {
        guest: "linux",
        kernels: { stock: inject("stockKernel") },
        machine: { memory: "256M" },
        probe: steps,
        ...lane,
      },
      folder: process.cwd(),
    },
    { accel: "tcg", out: join(scratchFolder(), "run"), ...options },
  );
  return runLane(request, { ...(listener ? { listener } : {}), ...(signal ? { signal } : {}) });
}

/** {@link runGuests} for a run of one column. */
export async function runGuest(run: GuestRun): Promise<ColumnRecord> {
  const { columns } = await runGuests(run);
  return columns[0]!;
}

/** The twin kernel as the only column. */
export function twin(): Partial<LaneConfig> {
  return { kernels: { TWQDEBUG: inject("twinKernel") } };
}

export function readConsole(column: ColumnRecord): string {
  return readFileSync(resolve(column.folder, column.files.console), "latin1");
}
