import { LaneError } from "../base/errors.js";
import type { MachineEnd } from "./machine.js";

/**
 * @throws LaneError for an end that is the hypervisor's own failure and not the guest's: that of {@link MachineEnd.failure}, or
 *   `hypervisor-failed` (host) with its words where they are not understood
 */
export function refuseFailedEnd({ how, detail, failure }: MachineEnd): void {
  if (how !== "failed") return;
  throw new LaneError(failure?.code ?? "hypervisor-failed", detail, { hint: failure?.hint });
}
