/**
 * Whether a lane's steps may write into the guest's files: a read-only root is right for those that make system calls and
 * read, and would fail a program that needs a temporary file.
 */
import type { Step } from "../protocol/step.js";

/** @example mayWrite([program("/bin/date")]) // true */
export function mayWrite(steps: readonly Step[]): boolean {
  return steps.some((step) => {
    if (step.kind === "parallel") return mayWrite(step.branches);
    if ("steps" in step) return mayWrite(step.steps);
    return step.kind === "program" || step.kind === "write-file";
  });
}
