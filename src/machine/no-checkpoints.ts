import { LaneError } from "../base/errors.js";
import type { Hypervisor } from "./machine.js";

/** @throws LaneError `checkpoint-unsupported` (usage) where machines cannot be saved, with the reason */
export function requireCheckpoints({
  whyNoCheckpoints,
}: Pick<Hypervisor, "whyNoCheckpoints">): void {
  if (whyNoCheckpoints === undefined) return;
  throw new LaneError(
    "checkpoint-unsupported",
    `no checkpoint can be made or restored: ${whyNoCheckpoints}`,
  );
}
