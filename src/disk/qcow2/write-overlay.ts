/**
 * Puts a planned overlay into a file: new, sparse, whole or not there at all.
 */
import { createWholeFile } from "../whole-file.js";
import type { OverlayPlan } from "./plan-overlay.js";

/**
 * @param path a file that does not exist yet
 * @throws LaneError `disk-full`, `write-failed` (host); nothing is left of the file then
 * @example writeOverlay("run/overlay.qcow2", planOverlay(base, backing, edits));
 */
export function writeOverlay(path: string, plan: OverlayPlan): void {
  using file = createWholeFile(path);
  file.setSize(plan.sizeBytes);
  for (const { offsetBytes, bytes } of plan.writes()) file.put(offsetBytes, bytes);
  file.keep();
}
