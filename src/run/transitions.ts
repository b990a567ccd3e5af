/**
 * The rows of one column: what each step showed, beside what was expected of it.
 */
import { checkExpectation, type ExpectationResult } from "../protocol/expectation.js";
import { matchesForeign } from "../protocol/foreign.js";
import { outcomeOf } from "../protocol/outcome.js";
import type { Observation } from "../protocol/decode-reply.js";
import type { PlannedStep } from "../protocol/encode-plan.js";
import type { History } from "./history.js";

export interface Transition {
  readonly step: string;
  readonly seen: string;
  readonly expected: string;
  readonly result: ExpectationResult["verdict"];
}

/** Steps that the encoder added are rows only if they went wrong. */
export function transitionsOf(seen: History): readonly Transition[] {
  const { guest, kernel, steps } = seen.started;
  return steps.flatMap((step): readonly Transition[] => {
    const reply = replyTo(step, seen);
    const outcome = reply && outcomeOf(reply, guest);
    if (step.auxiliary) {
      if (outcome === undefined || outcome === "ok") return [];
      return [{ step: step.name, seen: outcome, expected: "ok", result: "unmet" }];
    }
    const {
      verdict,
      expected,
      seen: shown,
    } = checkExpectation(step.expect, outcome, kernel, guest);
    return [{ step: step.name, seen: shown, expected, result: verdict }];
  });
}

function replyTo(step: PlannedStep, seen: History): Observation | undefined {
  const { match } = step;
  if (!match) return seen.replies.get(step.id);
  return seen.observations.find((one) => matchesForeign(match, one));
}
