import { encodeRequest, type Request } from "./encode-request.js";
import { limits } from "./limits.js";
import { stepError } from "./step-check.js";
import type { Expectation } from "./expectation.js";
import type { ForeignMatch, ParallelStep, Probe, Step } from "./step.js";

/** `oneshot`: the steps are in the plan. `live`: they come over the channel, and the plan has none. */
export type Transport = "oneshot" | "live";

/** What the agent is told besides the steps; nothing of it is compiled in. */
export interface PlanHeader {
  /** Comes back in the hello frame, so that a plan left over from another run is noticed. Letters, digits, `.`, `-`, `_`. */
  readonly runId: string;
  readonly transport: Transport;
  /** Devices or paths of the guest in order of preference; `console` stands for the console. The first that opens is taken. */
  readonly channels: readonly string[];
  /** Where the lines for people go. Default: /dev/console as pid 1, else stdout. */
  readonly console?: string;
  /** For everything together, in the guest; 0 is without end. On expiry the agent says so and does what `atEnd` says. */
  readonly deadlineMs: number;
  readonly atEnd: "power-off" | "exit";
}

/** A row of the run: what a reply's `step` number means. */
export interface PlannedStep {
  readonly id: number;
  /** Unique within the plan: a repeated name gets ` #2`, and so does `booted`, the first row of a run's table. */
  readonly name: string;
  /** `main`, `process` or `process/thread`. */
  readonly context: string;
  readonly kind: Step["kind"] | "spawn" | "start-thread";
  /** Made by the encoder (a process or thread comes into being): a row only when it went wrong. */
  readonly auxiliary: boolean;
  readonly expect?: Expectation;
  /** For `foreign`: the line that is meant. Such a step has no line in the plan. */
  readonly match?: ForeignMatch;
}

export interface EncodedPlan {
  /** The text that is staged beside the agent (docs/probe-protocol.md, "Plan"). */
  readonly text: string;
  readonly steps: readonly PlannedStep[];
}

/**
 * A probe as the agent reads it. Blocks are flattened: each line names its context and the steps that must be over before.
 *
 * @throws LaneError `plan-header-invalid`, `plan-too-long`, `step-result-unknown`, `step-line-too-long`
 */
export function encodePlan(probe: Probe, header: PlanHeader): EncodedPlan {
  const flattened = flattenSteps(probe);
  const lines = [...headerLines(header), "begin", ...flattened.lines, "end"];
  const text = lines.join("\n") + "\n";
  if (text.length >= limits.planBytes) {
    throw stepError("plan-too-long", "plan", `${text.length} bytes of plan text`, [
      `fewer than ${limits.planBytes}`,
      "repeat calls by count, or split the lane",
    ]);
  }
  return { text, steps: flattened.steps };
}

/** The plan of a live guest: the header alone. */
export function encodeLivePlan(header: Omit<PlanHeader, "transport">): string {
  return [...headerLines({ ...header, transport: "live" }), "begin", "end", ""].join("\n");
}

function headerLines(header: PlanHeader): string[] {
  const words = [header.runId, ...header.channels, header.console ?? "/dev/console"];
  const bad = words.find((word) => !/^[\x21-\x7e]{1,255}$/.test(word));
  if (bad !== undefined || header.channels.length === 0 || header.channels.length > 8) {
    throw stepError("plan-header-invalid", "plan", JSON.stringify(bad ?? header.channels), [
      "a run id, one to eight channels and a console without blanks",
    ]);
  }
  return [
    "kernlane-plan 1",
    `run-id ${header.runId}`,
    `transport ${header.transport}`,
    ...header.channels.map((channel) => `channel ${channel}`),
    ...(header.console === undefined ? [] : [`console ${header.console}`]),
    `deadline ${header.deadlineMs}`,
    `at-end ${header.atEnd}`,
  ];
}

interface Flattening {
  readonly lines: string[];
  readonly steps: PlannedStep[];
  readonly contexts: Set<string>;
  readonly names: Map<string, number>;
  /** Step ids by the name they were given, within each context: what `resultOf` refers to. */
  readonly results: Map<string, Map<string, number>>;
}

function flattenSteps({ steps }: Probe): Flattening {
  const flattening: Flattening = {
    lines: [],
    steps: [],
    contexts: new Set(["main"]),
    // The name of the row that a run's table begins with.
    names: new Map([["booted", 1]]),
    results: new Map(),
  };
  flattenList(flattening, steps, "main", []);
  return flattening;
}

/** Ids that have to be over before what follows may begin. */
type After = readonly number[];

function flattenList(into: Flattening, steps: readonly Step[], context: string, after: After) {
  return steps.reduce((before, step) => flattenStep(into, step, context, before), after);
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
    case "foreign":
      record(into, step, context, false);
      return after;
    default: {
      const id = record(into, step, context, false);
      emit(into, id, step, context, after);
      return [id];
    }
  }
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
  step: Pick<PlannedStep, "kind" | "name" | "expect" | "match">,
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
  });
  return id;
}
