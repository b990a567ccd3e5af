/**
 * The row of a line that a user's own program printed.
 */
import type { Observation } from "../protocol/decode-reply.js";
import { breach, type FieldRelation } from "../protocol/foreign-where.js";
import { columnOf, describeWanted, isMet } from "../protocol/expectation.js";
import { matchesForeign, nearMatch } from "../protocol/foreign.js";
import { outcomeOf, type Outcome } from "../protocol/outcome.js";
import type { PlannedStep } from "../protocol/planned-step.js";
import type { ForeignMatch } from "../protocol/step.js";
import type { History } from "./history.js";
import type { Transition } from "./transitions.js";

export function foreignRow(step: PlannedStep, match: ForeignMatch, seen: History): Transition {
  const { kernel, guest } = seen.started;
  const lines = taken(step, match, seen.ownLines);
  const outcomes = lines.map((line) => outcomeOf(line, guest));
  const wanted = step.expect ? columnOf(step.expect, kernel) : undefined;
  const relations = relationsIn(step, kernel, wanted !== undefined);
  const breaches = (relations ?? []).flatMap((relation) => tellBreach(relation, lines));
  const cut = step.take === "first" && lines.length > 0 ? [] : cutOutputs(seen);
  const what = lines.length === 0 ? nearMatch(match, seen.ownLines) : count(outcomes);
  const text = [what, ...breaches, ...cut].join("; ");
  const row = { step: step.name, seen: text };
  if (wanted || relations) {
    const expected = [
      ...(wanted ? [describeWanted(wanted)] : []),
      ...(relations ?? []).map((relation) => relation.text),
    ].join(" and ");
    const isAsWanted = outcomes.every((one) =>
      wanted ? isMet(wanted, one, guest) : one.is === "answer",
    );
    const isGood = lines.length > 0 && isAsWanted && breaches.length + cut.length === 0;
    return { ...row, expected, result: isGood ? "met" : "unmet" };
  }
  // An expectation for other columns alone says that this one is only looked at.
  const isForOthers = step.expect !== undefined || step.where !== undefined;
  const isShown =
    lines.length > 0 && cut.length === 0 && outcomes.every(({ is }) => is === "answer");
  return isForOthers || isShown
    ? { ...row, expected: "", result: "shown" }
    : { ...row, expected: "a line", result: "unmet" };
}

/** Of programs that printed more than was passed on: the lines that are meant, or the last of them, may be in what is missing. */
function cutOutputs({ replies, started }: History): readonly string[] {
  return [...replies.values()].flatMap(({ kind, data: { dropped }, stepId }) => {
    if (kind !== "program" || typeof dropped !== "number" || dropped === 0) return [];
    const name = started.steps.find(({ id }) => id === stepId)?.name ?? "a program";
    return [`${dropped} bytes of "${name}" were not passed on, raise its limitBytes`];
  });
}

/** A relation that names no column is for those of which something is expected. */
function relationsIn(
  { where, expect }: PlannedStep,
  kernel: string,
  isExpected: boolean,
): readonly FieldRelation[] | undefined {
  if (!where) return undefined;
  if (Object.hasOwn(where.columns, kernel)) return where.columns[kernel];
  return expect !== undefined && !isExpected ? undefined : where.columns["*"];
}

function taken(
  { take = "all" }: PlannedStep,
  match: ForeignMatch,
  lines: readonly Observation[],
): readonly Observation[] {
  const found = lines.filter((one) => matchesForeign(match, one));
  if (take === "all") return found;
  return take === "first" ? found.slice(0, 1) : found.slice(-1);
}

/** `ok`, `ok ×11, EINVAL`. */
function count(outcomes: readonly Outcome[]): string {
  const times = new Map<string, number>();
  for (const { text } of outcomes) times.set(text, (times.get(text) ?? 0) + 1);
  return [...times].map(([text, count]) => (count === 1 ? text : `${text} ×${count}`)).join(", ");
}

function tellBreach(relation: FieldRelation, lines: readonly Observation[]): readonly string[] {
  const broken = lines.flatMap((line) => breach(relation, line) ?? []);
  const [first] = broken;
  if (first === undefined) return [];
  const where = lines.length === 1 ? "" : ` in ${broken.length} of ${lines.length} lines`;
  return [`not ${relation.text}${where}: ${first}`];
}
