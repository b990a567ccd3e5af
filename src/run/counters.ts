/**
 * What a block of counters showed in one column: read out of its snapshots once, then made into rows and kept in the record.
 */
import { deltasOf, type Delta } from "../protocol/counters/delta.js";
import { namesOf, readSources } from "../protocol/counters/source.js";
import type { Observation } from "../protocol/decode-reply.js";
import { errnoName } from "../protocol/errno.js";
import { limits } from "../protocol/limits.js";
import { outcomeOf, type Outcome } from "../protocol/outcome.js";
import type { PlannedCounters, PlannedStep } from "../protocol/planned-step.js";
import type { History } from "./history.js";

export interface CountedBlock {
  readonly step: string;
  readonly planned: PlannedCounters;
  /** None where they could not be read. */
  readonly deltas: readonly Delta[];
  /** Why they could not be read; undefined where they were. */
  readonly trouble: Outcome | undefined;
}

/** A 64-bit number as it is kept: beyond ±(2^53−1) a decimal string. */
type Kept = number | string;

/** What is kept of a block of counters. */
export interface CountersRecord {
  /** The name of its row. */
  readonly step: string;
  /** Why they could not be read; null where they were. */
  readonly trouble: string | null;
  /** By counter: `init_count`, `bucket_req_total[3]`. null where it was not there, or is no number. */
  readonly changed: Readonly<Record<string, CounterChange>>;
  readonly unchanged: Readonly<Record<string, Kept>>;
}

interface CounterChange {
  readonly before: Kept | null;
  readonly after: Kept | null;
  readonly change: Kept | null;
}

/** Every block of counters of a column. */
export function countersOf(seen: History): readonly CountedBlock[] {
  return seen.started.steps.flatMap((step) =>
    step.counters === undefined ? [] : [readBlock(step, step.counters, seen)],
  );
}

/** The steps that read the counters; they are told by the block's rows. */
export function snapshotsOf(steps: readonly PlannedStep[]): ReadonlySet<number> {
  return new Set(steps.flatMap(({ counters: of }) => (of ? [...of.before, ...of.after] : [])));
}

export function recordOfCounters({ step, deltas, trouble }: CountedBlock): CountersRecord {
  const changed = deltas.filter(({ isNews }) => isNews);
  const unchanged = deltas.filter(({ isNews, after }) => !isNews && after !== undefined);
  return {
    step,
    trouble: trouble?.text ?? null,
    changed: Object.fromEntries(
      changed.map(({ name, before, after, change }) => [
        name,
        { before: keep(before), after: keep(after), change: keep(change) },
      ]),
    ),
    unchanged: Object.fromEntries(unchanged.map(({ name, after }) => [name, keep(after)!])),
  };
}

function keep(value: bigint | undefined): Kept | null {
  if (value === undefined) return null;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function readBlock({ name }: PlannedStep, planned: PlannedCounters, seen: History): CountedBlock {
  const { family, replies } = { family: seen.started.guest, replies: seen.replies };
  const read = (ids: readonly number[]): readonly Snapshot[] =>
    ids.map((id, index) => named(readSnapshot(replies.get(id), family), planned, index));
  const [before, after] = [read(planned.before), read(planned.after)];
  const failed = [...before, ...after].find(({ trouble }) => trouble !== undefined);
  if (failed) return { step: name, planned, deltas: [], trouble: failed.trouble };
  const readings = (snapshots: readonly Snapshot[]) =>
    readSources(
      planned.sources,
      snapshots.map(({ content }) => content),
      { perCpu: planned.perCpu, errno: (number) => errnoName(family, number) },
    );
  const deltas = deltasOf(readings(before), readings(after));
  return { step: name, planned, ...boundedBy(deltas) };
}

/** None is as bad as too many: nothing would be told of those that are left out. */
function boundedBy(deltas: readonly Delta[]): Pick<CountedBlock, "deltas" | "trouble"> {
  if (deltas.length === 0) return { deltas, trouble: error("no counters there") };
  if (deltas.length <= limits.counters) return { deltas, trouble: undefined };
  return { deltas: [], trouble: error(`${deltas.length} counters, more than ${limits.counters}`) };
}

interface Snapshot {
  readonly content: string;
  readonly trouble: Outcome | undefined;
}

/** Of several sources the trouble says which. */
function named(snapshot: Snapshot, { sources }: PlannedCounters, index: number): Snapshot {
  const { trouble } = snapshot;
  const source = sources.length > 1 ? sources[index] : undefined;
  if (!trouble || !source) return snapshot;
  return { ...snapshot, trouble: { ...trouble, text: `${source.pattern}: ${trouble.text}` } };
}

function readSnapshot(
  reply: Observation | undefined,
  family: History["started"]["guest"],
): Snapshot {
  if (!reply) return { content: "", trouble: { text: "no reply", is: "none" } };
  const outcome = outcomeOf(reply, family);
  if (outcome.is !== "answer") return { content: "", trouble: outcome };
  if (reply.data["truncated"] === true) {
    return { content: "", trouble: error(`more than ${limits.counters} counters`) };
  }
  const content = reply.data["content"];
  return { content: typeof content === "string" ? content : "", trouble: undefined };
}

function error(text: string): Outcome {
  return { text, is: "error" };
}

/** The counter of this name, also of its whole name; undefined when the block has none. */
export function deltaNamed({ planned, deltas }: CountedBlock, name: string): Delta | undefined {
  const names = namesOf(planned.sources, name);
  return deltas.find((one) => names.includes(one.name));
}
