import { LaneError } from "../base/errors.js";
import type { Hypervisor } from "./machine.js";

/** @throws LaneError `scene-unsupported` (usage) where a guest's last state cannot be kept, with the reason */
export function requireHolding({ whyNotHeld }: Pick<Hypervisor, "whyNotHeld">): void {
  if (whyNotHeld === undefined) return;
  throw new LaneError(
    "scene-unsupported",
    `the guest cannot be held when its kernel dies: ${whyNotHeld}`,
  );
}
