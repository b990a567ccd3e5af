/**
 * Blocks made flat: the agent sees contexts and an order, no nesting.
 */
import { requestOf } from "./counters/source.js";
import { encodeRequest, type Request } from "./encode-request.js";
import { limits } from "./limits.js";
import type { PlannedStep } from "./planned-step.js";
import { checkInteger } from "./step-check.js";
import type { CountersStep, ParallelStep, Probe, Step } from "./step.js";

interface Flattening {
  readonly lines: string[];
  readonly steps: PlannedStep[];
  readonly contexts: Set<string>;
  readonly names: Map<string, number>;
  /** Step ids by the name they were given, within each context: what `resultOf` refers to. */
  readonly results: Map<string, Map<string, number>>;
  /** How many sysctls have been set. */
  slots: number;
}

/** The steps in the order and the contexts that the agent is given. */
export function flattenSteps({ steps }: Probe): Pick<Flattening, "lines" | "steps"> {
  const into: Flattening = {
    lines: [],
    steps: [],
    contexts: new Set(["main"]),
    // The name of the row that a run's table begins with.
    names: new Map([["booted", 1]]),
    results: new Map(),
    slots: 0,
  };
  // What ends the guest is no part of what is counted, and comes when everything is put back.
  const end = steps.findIndex(({ kind }) => kind === "power");
  const body = end < 0 ? steps : steps.slice(0, end);
  const after = flattenCounted(into, steps.filter(isOfWholeProbe), [], (before) =>
    flattenList(into, body, "main", before),
  );
  flattenList(into, steps.slice(body.length), "main", after);
  return into;
}

function isOfWholeProbe(step: Step): step is CountersStep {
  return step.kind === "counters" && step.steps === undefined;
}

/** Ids that have to be over before what follows may begin. */
type After = readonly number[];

function flattenList(
  into: Flattening,
  steps: readonly Step[],
  context: string,
  after: After,
): After {
  const set: { readonly slot: number; readonly name: string }[] = [];
  const done = steps.reduce((before, step) => {
    if (step.kind !== "sysctl-set") return flattenStep(into, step, context, before);
    const slot = into.slots++;
    checkInteger(into.slots, 1, limits.sysctlsSet, `${step.name}: number of sysctls that are set`);
    set.push({ slot, name: `restore ${step.sysctl}`.slice(0, limits.nameBytes) });
    return flattenOne(into, { ...step, slot }, context, before);
  }, after);
  // The last first; and in the main process, which is made again if it has died.
  return set.reduceRight(
    (before, one) => prepare(into, { kind: "sysctl-restore", ...one }, before),
    done,
  );
}

function flattenStep(into: Flattening, step: Step, context: string, after: After): After {
  switch (step.kind) {
    case "parallel":
      return flattenParallel(into, step, context, after);
    case "process": {
      const request = { kind: "spawn" as const, process: step.process };
      const begun = startContext(into, request, "main", step.process, after);
      return flattenList(into, step.steps, step.process, begun);
    }
    case "thread": {
      const inner = `${context}/${step.thread}`;
      const request = { kind: "start-thread" as const, thread: step.thread };
      const begun = startContext(into, request, context, inner, after);
      return flattenList(into, step.steps, inner, begun);
    }
    case "counters": {
      const { steps } = step;
      if (steps === undefined) return after;
      return flattenCounted(into, [step], after, (before) =>
        flattenList(into, steps, context, before),
      );
    }
    case "foreign":
      record(into, step, context, false);
      return after;
    default:
      return flattenOne(into, step, context, after);
  }
}

function flattenOne(
  into: Flattening,
  step: Request & Pick<PlannedStep, "name" | "expect">,
  context: string,
  after: After,
): After {
  const id = record(into, step, context, false);
  emit(into, id, step, context, after);
  return [id];
}

/** Snapshots around what is counted; the row comes after the rows of that. */
function flattenCounted(
  into: Flattening,
  blocks: readonly CountersStep[],
  after: After,
  counted: (after: After) => After,
): After {
  const [block, ...others] = blocks;
  if (block === undefined) return counted(after);
  const before = snapshot(into, block, "before", after);
  const done = flattenCounted(into, others, before.slice(-1), counted);
  const { name, kind, sources, perCpu, rules } = block;
  const then = snapshot(into, block, "after", done);
  const planned = { sources, perCpu, ...(rules === undefined ? {} : { rules }) };
  record(into, { name, kind, counters: { ...planned, before, after: then } }, "main", false);
  return then.slice(-1);
}

/** In the main process: the counters are the whole system's, and a context of the block may be gone by then. */
function snapshot(
  into: Flattening,
  { sources, deadlineMs }: CountersStep,
  when: string,
  after: After,
): After {
  const ids: number[] = [];
  for (const source of sources) {
    const name = `${source.pattern} ${when}`.slice(0, limits.nameBytes);
    ids.push(
      ...prepare(
        into,
        requestOf(source, name, deadlineMs),
        ids.length === 0 ? after : ids.slice(-1),
      ),
    );
  }
  return ids;
}

/** A step that the encoder adds. */
function prepare(
  into: Flattening,
  request: Request & Pick<PlannedStep, "name">,
  after: After,
): After {
  const id = record(into, request, "main", true);
  emit(into, id, request, "main", after);
  return [id];
}

function flattenParallel(into: Flattening, step: ParallelStep, context: string, after: After) {
  return step.branches.flatMap((branch) => flattenStep(into, branch, context, after));
}

/** The line that makes a process or thread, the first time it is named. */
function startContext(
  into: Flattening,
  request: Extract<Request, { kind: "spawn" | "start-thread" }>,
  parent: string,
  context: string,
  after: After,
): After {
  if (into.contexts.has(context)) return after;
  into.contexts.add(context);
  const id = record(into, { kind: request.kind, name: `start ${context}` }, context, true);
  emit(into, id, request, parent, after);
  return [id];
}

function emit(into: Flattening, id: number, step: Request, context: string, after: After) {
  const results = into.results.get(context) ?? new Map<string, number>();
  into.results.set(context, results);
  into.lines.push(`${id} ${encodeRequest(step, { context, after, results })}`);
  if (step.kind === "syscall") results.set(step.name, id);
  forgetEnded(into, step, context);
}

/** What a step ends is made again when it is named again, and its earlier results are gone with it. */
function forgetEnded(into: Flattening, step: Request, context: string): void {
  if (step.kind !== "exec" && step.kind !== "exit" && step.kind !== "kill") return;
  const ended = step.kind === "kill" ? step.process : context;
  into.results.delete(ended);
  if (step.kind !== "exec" && ended !== "main") into.contexts.delete(ended);
  for (const other of into.contexts) {
    if (other.startsWith(`${ended}/`)) into.contexts.delete(other);
  }
}

function record(
  into: Flattening,
  step: Pick<PlannedStep, "kind" | "name" | "expect" | "match" | "take" | "where" | "counters">,
  context: string,
  auxiliary: boolean,
): number {
  const id = into.steps.length + 1;
  const times = (into.names.get(step.name) ?? 0) + 1;
  into.names.set(step.name, times);
  into.steps.push({
    id,
    name: times === 1 ? step.name : `${step.name} #${times}`,
    context,
    kind: step.kind,
    auxiliary,
    ...(step.expect === undefined ? {} : { expect: step.expect }),
    ...(step.match === undefined ? {} : { match: step.match }),
    ...(step.take === undefined ? {} : { take: step.take }),
    ...(step.where === undefined ? {} : { where: step.where }),
    ...(step.counters === undefined ? {} : { counters: step.counters }),
  });
  return id;
}
