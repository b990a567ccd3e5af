/**
 * Expectations are by column. One for a column that does not exist is a mistyped name, and would leave another untested.
 */
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import type { Step } from "../protocol/step.js";
import type { ColumnRequest } from "./columns.js";
import type { LaneConfig } from "./lane.js";

/** Stands for every column that is not named. */
const EVERY_OTHER = "*";

/**
 * A lane may expect something of a column that this run does not have, for kernels come and go on the command line; but not by a
 * name that is nearly one of the run's, and not of such columns alone. Two names that stand in one expectation are two kernels,
 * however near they are.
 *
 * @throws LaneError `expectation-unknown-column` (usage)
 */
export function requireKnownColumns(lane: LaneConfig, columns: readonly ColumnRequest[]): void {
  const lists = lane.probe.flatMap(columnListsIn);
  const expected = new Set(lists.flat());
  const present = columns.map(({ kernel }) => kernel);
  const known = new Set([...present, ...Object.keys(lane.kernels ?? {}), EVERY_OTHER]);
  const unknown = [...expected].filter((name) => !known.has(name));
  const meantBy = (name: string): string | undefined => {
    const others = new Set(lists.filter((list) => list.includes(name)).flat());
    return nearestName(
      name,
      present.filter((kernel) => !others.has(kernel)),
    );
  };
  const mistyped = unknown.find((name) => meantBy(name) !== undefined);
  const isTested = expected.has(EVERY_OTHER) || present.some((kernel) => expected.has(kernel));
  const name = mistyped ?? (isTested ? undefined : unknown[0]);
  if (name === undefined) return;
  const nearest = meantBy(name);
  throw new LaneError(
    "expectation-unknown-column",
    `the steps expect something of ${name}, and this run has the columns ${present.join(", ")}`,
    {
      hint:
        nearest === undefined
          ? `name the kernel as the steps do (--kernel ${name}=FILE), or expect something of ${present[0]!} or of "${EVERY_OTHER}"`
          : `did you mean ${nearest}? If they are two kernels, name both in one expectation`,
    },
  );
}

/** The names that stand together, expectation by expectation. */
function columnListsIn(step: Step): readonly (readonly string[])[] {
  const own = Object.keys(step.expect?.columns ?? {});
  if (step.kind === "process" || step.kind === "thread")
    return [own, ...step.steps.flatMap(columnListsIn)];
  if (step.kind === "foreign") return [own, Object.keys(step.where?.columns ?? {})];
  if (step.kind === "counters") {
    const rules = Object.keys(step.rules?.columns ?? {});
    return [rules, ...(step.steps ?? []).flatMap(columnListsIn)];
  }
  if (step.kind === "parallel") return [own, ...step.branches.flatMap(columnListsIn)];
  return [own];
}
