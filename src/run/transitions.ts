/**
 * The rows of one column: what each step showed, beside what was expected of it.
 *
 * A green is earned: only an expectation that was met makes a row `met`. A step without one is `shown`, unless it was not carried
 * out: then it is `unmet`, for everything behind it rests on it.
 */
import type { PlannedStep } from "../protocol/planned-step.js";
import { columnOf, describeWanted, isMet, type WantedOutcome } from "../protocol/expectation.js";
import { outcomeOf, type Outcome } from "../protocol/outcome.js";
import { counterRows, type ComparedColumn } from "./counter-rows.js";
import { countersOf, snapshotsOf } from "./counters.js";
import { foreignRow } from "./foreign-row.js";
import type { History } from "./history.js";

export interface Transition {
  readonly step: string;
  /** The row that it stands under: of a counter its block's. Two blocks may have rows of one name. */
  readonly of?: string;
  readonly seen: string;
  /** Empty where nothing was expected in this column. */
  readonly expected: string;
  readonly result: "met" | "unmet" | "shown";
}

/** How many rows there are of each kind. */
export interface RowCounts {
  readonly met: number;
  readonly unmet: number;
  /** Of steps without an expectation in this column; counters that changed are none. */
  readonly shown: number;
}

const EXIT_0: readonly WantedOutcome[] = [{ text: "exit 0" }];

/** Steps that are there to read something: an error is then what they show. */
const READS: ReadonlySet<PlannedStep["kind"]> = new Set(["read-file", "sysctl"]);

/**
 * Steps that the encoder added are rows only if they went wrong.
 *
 * @param others the columns of the run, for expectations that compare with one
 */
export function transitionsOf(
  seen: History,
  others: readonly ComparedColumn[] = [],
): readonly Transition[] {
  const { steps, kernel } = seen.started;
  const blocks = new Map(countersOf(seen).map((block) => [block.step, block]));
  const snapshots = snapshotsOf(steps);
  return steps.flatMap((step): readonly Transition[] => {
    if (snapshots.has(step.id)) return [];
    const block = step.kind === "counters" ? blocks.get(step.name) : undefined;
    if (block) return counterRows(block, kernel, others);
    if (step.match) return [foreignRow(step, step.match, seen)];
    const reply = seen.replies.get(step.id);
    const outcome = reply && outcomeOf(reply, seen.started.guest);
    if (!step.auxiliary) return [transitionOf(step, outcome, seen)];
    // What was not reached is told by the step that it was for.
    if (outcome === undefined || outcome.text === "ok") return [];
    return [{ step: step.name, seen: outcome.text, expected: "ok", result: "unmet" }];
  });
}

export function countRows(rows: readonly Transition[]): RowCounts {
  const count = (result: Transition["result"]): number =>
    rows.filter((row) => row.result === result).length;
  const counters = rows.filter((row) => row.result === "shown" && row.of !== undefined).length;
  return { met: count("met"), unmet: count("unmet"), shown: count("shown") - counters };
}

function transitionOf(
  step: PlannedStep,
  outcome: Outcome | undefined,
  { started: { kernel, guest } }: History,
): Transition {
  const row = { step: step.name, seen: outcome?.text ?? "no reply" };
  const wanted = wantedOf(step, kernel);
  if (wanted) {
    const result = isMet(wanted, outcome, guest) ? "met" : "unmet";
    return { ...row, expected: describeWanted(wanted), result };
  }
  // An expectation for other columns alone says that this one is only looked at.
  const isFree = step.expect !== undefined || isShown(step, outcome);
  return isFree
    ? { ...row, expected: "", result: "shown" }
    : { ...row, expected: "to be carried out", result: "unmet" };
}

/** A program succeeds by exiting with 0, unless its author says otherwise. */
function wantedOf({ kind, expect }: PlannedStep, kernel: string) {
  if (expect) return columnOf(expect, kernel);
  return kind === "program" ? EXIT_0 : undefined;
}

function isShown({ kind }: PlannedStep, outcome: Outcome | undefined): boolean {
  return outcome?.is === "answer" || (outcome?.is === "error" && READS.has(kind));
}
