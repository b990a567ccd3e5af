/**
 * What a call did against what a test expects of it.
 */
import { LaneError } from "../base/errors.js";
import type { CallResult } from "../live/guest/many-replies.js";
import type { StepReply } from "../live/guest/reply.js";
import { consoleNote, type FailureContext } from "./failure-context.js";
import { knownErrno, knownSignal, withNumber } from "./outcome-names.js";

/** A reply of a guest, or the result of one call of a batch. */
export type Answered = StepReply | CallResult;

export interface Match {
  readonly pass: boolean;
  readonly message: () => string;
}

/** @param value what the call is to return; undefined for whatever it returns */
export function matchSuccess(
  received: unknown,
  value: number | bigint | undefined,
  context: FailureContext,
): Match {
  const answered = checkAnswered(received, "toSucceedWith");
  const returned = "value" in answered ? answered.value : undefined;
  const isMet = value === undefined || returned === BigInt(value);
  const wanted = value === undefined ? "to succeed" : `to succeed with ${value}`;
  return match(answered, succeeded(answered) && isMet, wanted, context);
}

/** @throws LaneError `unknown-outcome-name` (usage) for a name that the guest's family does not have */
export function matchFailure(received: unknown, errno: string, context: FailureContext): Match {
  const answered = checkAnswered(received, "toFailWith");
  const known = knownErrno(context.family, errno);
  const pass = answered.errno === known.name;
  return match(answered, pass, `to fail with ${withNumber(known)}`, context);
}

/** @throws LaneError `unknown-outcome-name` (usage) as {@link matchFailure} */
export function matchSignal(received: unknown, signal: string, context: FailureContext): Match {
  const answered = checkAnswered(received, "toBeKilledBy");
  const known = knownSignal(context.family, signal);
  const pass = "signal" in answered && answered.signal === known.name;
  return match(answered, pass, `to be killed by ${withNumber(known)}`, context);
}

/** A program and a process succeed by exiting with 0. */
function succeeded(answered: Answered): boolean {
  if (!("status" in answered)) return answered.errno === undefined && answered.outcome !== "other";
  return answered.status === "ok" || (answered.status === "exited" && answered.exitStatus === 0);
}

function match(answered: Answered, pass: boolean, wanted: string, context: FailureContext): Match {
  const message = (): string => {
    const expected = pass ? `not ${wanted}` : wanted;
    const said = `${placeOf(answered)}: expected ${expected}, saw ${seenIn(answered)}`;
    return [said, ...consoleNote(context)].join("\n");
  };
  return { pass, message };
}

function placeOf(answered: Answered): string {
  if (!("step" in answered)) return "a call of a batch";
  const { step, context } = answered;
  return context === "" || context === "main" ? step : `${step} in ${context}`;
}

function seenIn(answered: Answered): string {
  const { errno, errnoNumber, outcome } = answered;
  if (errno !== undefined) return withNumber({ name: errno, number: errnoNumber });
  if ("signal" in answered && answered.signal !== undefined) {
    return withNumber({ name: answered.signal, number: answered.signalNumber });
  }
  return outcome === "ok" && "value" in answered ? "= 0" : outcome;
}

/** @throws LaneError `matcher-misused` (usage) */
function checkAnswered(received: unknown, matcher: string): Answered {
  if (typeof received === "object" && received !== null && "outcome" in received) {
    return received as Answered;
  }
  throw misused(matcher, "the reply of a call of a guest", received);
}

/** @returns LaneError `matcher-misused` (usage) */
export function misused(matcher: string, wanted: string, received: unknown): LaneError {
  const isPromise = received instanceof Promise;
  const found = isPromise ? "a promise" : received === null ? "null" : `a ${typeof received}`;
  return new LaneError(
    "matcher-misused",
    `${matcher}: found ${found}, expected ${wanted}${isPromise ? "; await the call first" : ""}`,
  );
}
