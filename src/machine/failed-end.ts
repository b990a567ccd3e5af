import { LaneError } from "../base/errors.js";
import type { MachineEnd } from "./machine.js";

/**
 * @throws LaneError for an end that is the hypervisor's own failure and not the guest's: that of {@link MachineEnd.failure}, or
 *   `hypervisor-failed` (host) where its words are not understood. The message is one line, and what else was said behind it
 */
export function refuseFailedEnd({ how, detail, said = [], failure }: MachineEnd): void {
  if (how !== "failed") return;
  const message = [detail, ...said].join("\n");
  throw new LaneError(failure?.code ?? "hypervisor-failed", message, { hint: failure?.hint });
}
