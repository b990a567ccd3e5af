import { LaneError } from "../base/errors.js";
import type { Hypervisor, MachineEnd } from "./machine.js";

const hints: Readonly<Record<Hypervisor["name"], string>> = {
  qemu: "run `kernlane doctor`; `--accel tcg` does without the host's virtualisation",
  bhyve: "run `kernlane doctor`; the same machine runs under --hypervisor qemu",
};

/** @throws LaneError `hypervisor-failed` (host) when the end is the hypervisor's own failure and no guest's doing */
export function refuseFailedEnd(hypervisor: Hypervisor["name"], end: MachineEnd): void {
  if (end.how !== "failed") return;
  throw new LaneError("hypervisor-failed", end.detail, { hint: hints[hypervisor] });
}
