/**
 * Staging alone: one column's guest as an image that boots by itself, runs the probe and powers off.
 */
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { LaneError } from "../base/errors.js";
import type { Disk } from "../machine/machine.js";
import { guestOf, refuseBusyImage } from "./host-facts.js";
import { planGuest, type GuestPlan } from "./plan-guest.js";
import type { RunRequest } from "../lane/request.js";

export interface StagedImage {
  readonly path: string;
  readonly plan: GuestPlan;
}

/**
 * @param request of one column
 * @param path a file that does not exist yet
 * @throws LaneError `stage-needs-disk`, `staged-exists` (usage), those of planning and of writing
 */
export async function stageImage(
  request: RunRequest,
  path: string,
  format: Disk["format"],
  signal?: AbortSignal,
): Promise<StagedImage> {
  const guest = guestOf(request);
  if (guest.bootsFrom === "kernel") throw needsDisk(request.lane);
  await refuseBusyImage(request);
  const [column] = request.columns;
  const plan = await planGuest(request, column!, {
    guest,
    // Whoever boots it may do so without an accelerator.
    accel: "tcg",
    diskFormat: format,
    needsBootCode: true,
    hasChannel: true,
    now: new Date(),
    mayFetch: true,
    folder: dirname(path),
    runId: randomUUID(),
    ...(signal ? { signal } : {}),
  });
  signal?.throwIfAborted();
  const disk = { ...plan.staging.disk!, path };
  await guest.stage({ ...plan.staging, disk }, signal);
  return { path, plan };
}

function needsDisk(lane: string): LaneError {
  return new LaneError(
    "stage-needs-disk",
    `the lane "${lane}" boots its kernel directly and has no disk to stage`,
  );
}
