import type { Request } from "./encode-request.js";
import type { Expectation } from "./expectation.js";
import type { Where } from "./foreign-where.js";
import type { CountersStep, ForeignMatch, Step, Take } from "./step.js";

/** A row of the run: what a reply's `step` number means. */
export interface PlannedStep {
  readonly id: number;
  /** Unique within the plan: a repeated name gets ` #2`, and so does `booted`, the first row of a run's table. */
  readonly name: string;
  /** `main`, `process` or `process/thread`. */
  readonly context: string;
  readonly kind: Step["kind"] | Request["kind"];
  /** Made by the encoder (a process or thread comes into being): a row only when it went wrong. */
  readonly auxiliary: boolean;
  readonly expect?: Expectation;
  /** For `foreign`: the line that is meant. Such a step has no line in the plan. */
  readonly match?: ForeignMatch;
  readonly take?: Take;
  readonly where?: Where;
  /** For `counters`: what its snapshots are made into. Such a step has no line of its own. */
  readonly counters?: PlannedCounters;
}

export interface PlannedCounters extends Pick<CountersStep, "sources" | "perCpu" | "rules"> {
  /** The steps that read each source, in the order of the sources. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}
