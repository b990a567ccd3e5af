/**
 * The rows of one column: what each step showed, beside what was expected of it.
 *
 * A green is earned: only an expectation that was met makes a row `met`. A step without one is `shown`, unless it was not carried
 * out: then it is `unmet`, for everything behind it rests on it.
 */
import type { Observation } from "../protocol/decode-reply.js";
import type { PlannedStep } from "../protocol/planned-step.js";
import { columnOf, describeWanted, isMet, type WantedOutcome } from "../protocol/expectation.js";
import { matchesForeign } from "../protocol/foreign.js";
import { outcomeOf, type Outcome } from "../protocol/outcome.js";
import { counterRows, type ComparedColumn } from "./counter-rows.js";
import { countersOf, snapshotsOf } from "./counters.js";
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
    const outcomes = outcomesOf(step, seen);
    if (!step.auxiliary) return [transitionOf(step, outcomes, seen)];
    const isOk = outcomes.every(({ text }) => text === "ok");
    // What was not reached is told by the step that it was for.
    return isOk
      ? []
      : [{ step: step.name, seen: textOf(step, outcomes), expected: "ok", result: "unmet" }];
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
  outcomes: readonly Outcome[],
  { started: { kernel, guest } }: History,
): Transition {
  const row = { step: step.name, seen: textOf(step, outcomes) };
  const wanted = wantedOf(step, kernel);
  if (wanted) {
    const met = outcomes.length > 0 && outcomes.every((one) => isMet(wanted, one, guest));
    return { ...row, expected: describeWanted(wanted), result: met ? "met" : "unmet" };
  }
  // An expectation for other columns alone says that this one is only looked at.
  const isFree =
    step.expect !== undefined || (outcomes.length > 0 && outcomes.every(isShown(step)));
  return isFree
    ? { ...row, expected: "", result: "shown" }
    : { ...row, expected: step.match ? "a line" : "to be carried out", result: "unmet" };
}

/** A program succeeds by exiting with 0, unless its author says otherwise. */
function wantedOf({ kind, expect }: PlannedStep, kernel: string) {
  if (expect) return columnOf(expect, kernel);
  return kind === "program" ? EXIT_0 : undefined;
}

function isShown({ kind }: PlannedStep): (outcome: Outcome) => boolean {
  return ({ is }) => is === "answer" || (is === "error" && READS.has(kind));
}

/** A user's own program may print a line that a `foreign` step means more than once: all of them count. */
function outcomesOf(step: PlannedStep, seen: History): readonly Outcome[] {
  const { match } = step;
  const reply = seen.replies.get(step.id);
  const found: readonly Observation[] = match
    ? seen.ownLines.filter((one) => matchesForeign(match, one))
    : reply
      ? [reply]
      : [];
  return found.map((one) => outcomeOf(one, seen.started.guest));
}

function textOf(step: PlannedStep, outcomes: readonly Outcome[]): string {
  if (outcomes.length === 0) return step.match ? "no such line" : "no reply";
  return [...new Set(outcomes.map(({ text }) => text))].join(", ");
}
