/**
 * Puts a planned overlay into a file: new, sparse, whole or not there at all.
 */
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { withDiskErrors } from "../../host/run-folder.js";
import type { OverlayPlan, OverlayWrite } from "./plan-overlay.js";

/**
 * @param path a file that does not exist yet
 * @throws LaneError `disk-full`, `write-failed` (host); nothing is left of the file then
 * @example writeOverlay("run/overlay.qcow2", planOverlay(base, backing, edits));
 */
export function writeOverlay(path: string, plan: OverlayPlan): void {
  withDiskErrors(path, () => {
    const descriptor = openSync(path, "wx");
    try {
      ftruncateSync(descriptor, plan.sizeBytes);
      for (const write of plan.writes()) writeFully(descriptor, write);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  });
}

function writeFully(descriptor: number, { offsetBytes, bytes }: OverlayWrite): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, offsetBytes + done);
  }
}
