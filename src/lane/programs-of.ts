/** The programs that a lane's steps start in the guest. */
import type { Step } from "../protocol/step.js";

export interface NamedProgram {
  /** The name of its step. */
  readonly step: string;
  /** Absolute in the guest. */
  readonly path: string;
}

/** @example programsOf([program("/bin/date")]) // [{ step: "/bin/date", path: "/bin/date" }] */
export function programsOf(steps: readonly Step[]): readonly NamedProgram[] {
  return steps.flatMap((step): readonly NamedProgram[] => {
    if (step.kind === "program") return [{ step: step.name, path: step.path }];
    if (step.kind === "parallel") return programsOf(step.branches);
    return "steps" in step ? programsOf(step.steps) : [];
  });
}
