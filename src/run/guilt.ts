/**
 * Whose doing a death or a finding is: the step under way, the one before it, and the thread that the kernel names.
 */
import type { ReportedEvent } from "./events.js";
import type { During } from "./step-trail.js";

export interface Guilt {
  /** Names of steps, each with its context unless that is `main`; several where processes or threads ran side by side. */
  readonly steps: readonly string[];
  readonly previousStep: string | null;
  /** The process and thread that the report names, null where it names none. */
  readonly process: string | null;
  readonly pid: number | null;
  /** FreeBSD's thread id; on Linux each thread has a pid of its own. */
  readonly tid: number | null;
  readonly cpu: number | null;
}

const UNKNOWN: During = { steps: [], previous: null };

export function guiltOf({ report: { task = {} }, during = UNKNOWN }: ReportedEvent): Guilt {
  return {
    steps: during.steps,
    previousStep: during.previous,
    process: task.name ?? null,
    pid: task.pid ?? null,
    tid: task.tid ?? null,
    cpu: task.cpu ?? null,
  };
}

/**
 * One line of evidence, none where nothing is known.
 *
 * @example during step twq_kernreturn(INIT), after getpid(); in process agent, pid 77, on CPU 1
 */
export function guiltLines(guilt: Guilt): readonly string[] {
  const parts = [...duringWords(guilt), ...taskWords(guilt)];
  return parts.length === 0 ? [] : [parts.join("; ")];
}

/** What the guest was doing, without a report that names a thread. */
export function duringLines({ steps, previous }: During = UNKNOWN): readonly string[] {
  return duringWords({ steps, previousStep: previous });
}

function duringWords({
  steps,
  previousStep,
}: Pick<Guilt, "steps" | "previousStep">): readonly string[] {
  const after = previousStep === null ? "" : `after ${previousStep}`;
  if (steps.length === 0) return after === "" ? [] : [after];
  const during = `during ${steps.length === 1 ? "step" : "steps"} ${steps.join(" and ")}`;
  return [after === "" ? during : `${during}, ${after}`];
}

function taskWords({ process, pid, tid, cpu }: Guilt): readonly string[] {
  const thread = [
    ...(process === null ? [] : [`process ${process}`]),
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...(tid === null ? [] : [`thread ${tid}`]),
  ].join(", ");
  const place = [
    ...(thread === "" ? [] : [`in ${thread}`]),
    ...(cpu === null ? [] : [`on CPU ${cpu}`]),
  ];
  return place.length === 0 ? [] : [place.join(", ")];
}
