/**
 * What many calls in one step did: batches, repeats and timings (docs/probe-protocol.md, "Compact results").
 */
import type { GuestFamily } from "../../base/family.js";
import type { Observation } from "../../protocol/decode-reply.js";
import { errnoName } from "../../protocol/errno.js";
import { bytesOfHex, numberIn, stepReply, type StepReply } from "./reply.js";

/** One call of many. */
export interface CallResult {
  /** `ok`, `= 42` or an errno's name. */
  readonly outcome: string;
  readonly value: bigint | undefined;
  readonly errno: string | undefined;
  readonly errnoNumber: number | undefined;
  /** The buffers that came back, in the order of the arguments. */
  readonly buffers: readonly Uint8Array[];
}

export interface ResultRun {
  readonly result: CallResult;
  /** How often it came. */
  readonly times: number;
}

export interface BatchReply extends StepReply {
  /** One for each call, in order; fewer when the batch did not get to its end. */
  readonly results: readonly CallResult[];
}

export interface RepeatReply extends StepReply {
  /** Results in order, each with how often it came in a row. */
  readonly runs: readonly ResultRun[];
}

/** In ns, each less what reading the clock costs, which is `clockNs`. */
export interface TimeReply extends StepReply {
  readonly count: number;
  /** Samples that the percentiles are of: all up to 100 000, of more every n-th. */
  readonly kept: number;
  readonly minNs: number;
  readonly medianNs: number;
  readonly p95Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
  readonly meanNs: number;
  readonly stddevNs: number;
  readonly clockNs: number;
  /** Each different result with how often it came. */
  readonly runs: readonly ResultRun[];
}

export function batchReply(observation: Observation, family: GuestFamily): BatchReply {
  const results: CallResult[] = [];
  for (const { result, times } of readRuns(observation, family)) {
    for (let again = 0; again < times; again++) results.push(result);
  }
  return { ...stepReply(observation, family), results };
}

export function repeatReply(observation: Observation, family: GuestFamily): RepeatReply {
  return { ...stepReply(observation, family), runs: readRuns(observation, family) };
}

export function timeReply(observation: Observation, family: GuestFamily): TimeReply {
  const ns = (field: string): number => numberIn(observation.data[field]) ?? 0;
  return {
    ...stepReply(observation, family),
    count: ns("count"),
    kept: ns("kept"),
    minNs: ns("min"),
    medianNs: ns("median"),
    p95Ns: ns("p95"),
    p99Ns: ns("p99"),
    maxNs: ns("max"),
    meanNs: ns("mean"),
    stddevNs: ns("stddev"),
    clockNs: ns("clock"),
    runs: readRuns(observation, family),
  };
}

function readRuns({ data }: Observation, family: GuestFamily): readonly ResultRun[] {
  const text = data["results"];
  if (typeof text !== "string" || text === "") return [];
  // Most batches get few different answers.
  const known = new Map<string, CallResult>();
  return text.split(",").map((entry) => {
    const star = entry.indexOf("*");
    const shown = star < 0 ? entry : entry.slice(0, star);
    const result = known.get(shown) ?? readResult(shown, family);
    known.set(shown, result);
    return { result, times: star < 0 ? 1 : Number(entry.slice(star + 1)) };
  });
}

function readResult(shown: string, family: GuestFamily): CallResult {
  const [text = "", ...hex] = shown.split("/");
  const buffers = hex.map((digits) => bytesOfHex(digits, digits.length / 2));
  if (/^-?\d+$/.test(text)) {
    const outcome = text === "0" ? "ok" : `= ${text}`;
    return { outcome, value: BigInt(text), errno: undefined, errnoNumber: undefined, buffers };
  }
  const none = { value: undefined, errno: undefined, errnoNumber: undefined, buffers };
  if (!text.startsWith("e")) return { ...none, outcome: text };
  const errnoNumber = Number(text.slice(1));
  const errno = errnoName(family, errnoNumber);
  return { ...none, outcome: errno, errno, errnoNumber };
}
