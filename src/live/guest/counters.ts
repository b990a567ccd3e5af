/**
 * What the kernel's counters counted while a test did something.
 */
import { LaneError } from "../../base/errors.js";
import type { GuestFamily } from "../../base/family.js";
import { deltasOf } from "../../protocol/counters/delta.js";
import type { PerCpu, Reading, Readings } from "../../protocol/counters/reading.js";
import { readSources, requestOf, type CounterSource } from "../../protocol/counters/source.js";
import { errnoName } from "../../protocol/errno.js";
import { counters } from "../../protocol/steps.js";
import { withCallerStack, type CallSite } from "../session/call-site.js";
import { mustBeOk, type Ask } from "./caller.js";
import { stepReply } from "./reply.js";

/** A number where JavaScript holds it exactly, else a bigint; of buckets all of them. */
export type Count = number | bigint | readonly (number | bigint)[];

/** By name, without what all of a source share: `init_count`. */
export type Counts = Readonly<Record<string, Count>>;

export interface Counted<Result> {
  /** By how much each counter changed, also those that did not. */
  readonly deltas: Counts;
  /** Of these those that did, whole where they are buckets. */
  readonly changed: Counts;
  readonly before: Counts;
  readonly after: Counts;
  /** By name what has no delta: it appeared or went away meanwhile, or is no number. */
  readonly problems: Readonly<Record<string, string>>;
  /** What the callback returned. */
  readonly result: Result;
}

export interface CountOptions {
  /** Of files and sysctls with values for each processor: added up, or an array. Default `sum`. */
  readonly perCpu?: PerCpu;
}

/**
 * @param ask the guest's main process, which reads the counters
 * @throws LaneError `step-name-invalid`, `step-path-invalid`, `guest-call-failed` (usage); what `doing` throws, as it is
 */
export async function countWhile<Result>(
  { ask, family, site }: Counting,
  sources: string | readonly string[],
  doing: () => Result | Promise<Result>,
  options: CountOptions,
): Promise<Counted<Result>> {
  const step = counters(sources, options);
  const read = async (): Promise<Readings> => {
    const contents = step.sources.map((source) => contentOf(source, { ask, family, site }));
    const errno = (number: number): string => errnoName(family, number);
    const options = { perCpu: step.perCpu, errno };
    const readings = readSources(step.sources, await Promise.all(contents), options);
    if (readings.size === 0) throw noCounters(step.name, site);
    return readings;
  };
  const before = await read();
  const result = await doing();
  return { ...compare(before, await read()), result };
}

export interface Counting {
  readonly ask: Ask;
  readonly family: GuestFamily;
  readonly site: CallSite;
}

async function contentOf(source: CounterSource, { ask, family, site }: Counting): Promise<string> {
  const name = `counters ${source.pattern}`;
  const { reply } = await ask(requestOf(source, name), site);
  const { data } = mustBeOk(stepReply(reply, family), site).observation;
  if (data["truncated"] !== true) return String(data["content"]);
  throw withCallerStack(
    site,
    new LaneError("guest-call-failed", `${name}: more counters than can be read at once`, {
      hint: "name fewer: a smaller tree of sysctls, or another file",
      facts: { step: name, outcome: "truncated" },
    }),
  );
}

/** No counter has changed where there is none: a test of that would always pass. */
function noCounters(name: string, site: CallSite): LaneError {
  return withCallerStack(
    site,
    new LaneError("guest-call-failed", `${name}: no counters there`, {
      hint: "a source is a tree of sysctls, or a file of `key value` or `key: value` lines",
      facts: { step: name, outcome: "no counters" },
    }),
  );
}

function compare(before: Readings, after: Readings): Omit<Counted<unknown>, "result"> {
  const deltas: Record<string, Count> = {};
  const changed: Record<string, Count> = {};
  const problems: Record<string, string> = {};
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const one = (readings: Readings): Readings =>
      new Map(readings.has(name) ? [[name, readings.get(name)!]] : []);
    const found = deltasOf(one(before), one(after));
    const odd = found.find(({ problem }) => problem !== undefined);
    if (odd) problems[odd.name] = odd.problem!;
    else
      deltas[name] = countOf({ ...after.get(name)!, values: found.map(({ change }) => change!) });
    if (!odd && found.some(({ change }) => change !== 0n)) changed[name] = deltas[name]!;
  }
  return { deltas, changed, problems, before: countsOf(before), after: countsOf(after) };
}

function countsOf(readings: Readings): Counts {
  const numbers = [...readings].filter(([, { values }]) => values.length > 0);
  return Object.fromEntries(numbers.map(([name, reading]) => [name, countOf(reading)]));
}

function countOf({ values, isList }: Reading): Count {
  const counts = values.map(plain);
  return isList ? counts : counts[0]!;
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
