/**
 * The events of one column, read once from start to end and sorted by what the judge asks for.
 */
import { LaneError } from "../base/errors.js";
import type { MarkEvent, ReportEvent } from "../console/events.js";
import { stackAnswers } from "./answers.js";
import { guiltOf, type Guilt } from "./guilt.js";
import type { MachineEnd } from "../machine/machine.js";
import { isReply, type Observation } from "../protocol/decode-reply.js";
import type {
  AnswerEvent,
  DeadlineEvent,
  LaneEvent,
  Phase,
  RequestEvent,
  StartedEvent,
} from "./events.js";

/** A report with whose doing it is. */
export interface SeenReport extends ReportEvent {
  readonly guilt: Guilt;
}

export interface History {
  readonly started: StartedEvent;
  readonly observations: readonly Observation[];
  /** The agent's first words: one, unless it was started twice. */
  readonly hellos: readonly Observation[];
  /** By step. */
  readonly replies: ReadonlyMap<number, Observation>;
  /** Lines that a program of the user's own printed. */
  readonly ownLines: readonly Observation[];
  readonly marks: readonly MarkEvent[];
  /** Reports up to a deadline; what comes after it answers our interrupt. */
  readonly reports: readonly SeenReport[];
  /** The first fatal report that is to be believed. */
  readonly panic: SeenReport | undefined;
  /** What the kernel answered our interrupt; where it did not, what it said by itself behind the deadline. */
  readonly autopsy: SeenReport | undefined;
  /** What the agent found of steps that took too long, and what the kernel was asked at its end. */
  readonly answers: readonly AnswerEvent[];
  /** The prompt at which the kernel's debugger waits: nobody has answered after it. */
  readonly debuggerWaits: MarkEvent | undefined;
  /** What was lost on the channel, and replies that no step of the plan can have. Empty of a live session, which asks again. */
  readonly gaps: readonly string[];
  /** What a live guest was asked and had not answered. */
  readonly underWay: readonly RequestEvent[];
  readonly agentErrors: readonly string[];
  /** The agent's end line: `done`, or why it ended early. */
  readonly endStatus: string | undefined;
  /** How often a kernel started. */
  readonly boots: number;
  readonly banner: string | undefined;
  readonly phase: Phase;
  readonly deadline: DeadlineEvent | undefined;
  /** All was over but for a process that the kernel did not let go of: the kernel was asked instead of powered off. */
  readonly isAsked: boolean;
  readonly interrupted: boolean;
  readonly end: MachineEnd | undefined;
  readonly tail: readonly string[];
}

/** @throws LaneError `events-incomplete` (usage) when the first event of a column is missing */
export function readHistory(events: readonly LaneEvent[]): History {
  const started = pick(events, "started")[0];
  if (!started) {
    throw new LaneError(
      "events-incomplete",
      "the events do not begin with what was asked for: this is no events.jsonl of a run, or its start is missing",
    );
  }
  const isLive = started.transport === "live";
  const observations = pick(events, "observation").map((event) => event.observation);
  // What is not numbered by the agent was printed by a program, which may use the agent's words.
  const framed = observations.filter(({ seq }) => seq !== null);
  const replies = framed.filter(isReply);
  const marks = pick(events, "mark").map((event) => event.mark);
  const answered = new Set(replies.map((one) => one.stepId));
  return {
    started,
    observations: isLive ? observations.filter((one) => one.stepId === null) : observations,
    hellos: framed.filter(({ kind, stepId }) => kind === "hello" && stepId === null),
    replies: firstByStep(replies),
    ownLines: observations.filter(({ seq }) => seq === null),
    marks,
    ...reportsIn(events),
    answers: [...stackAnswers(replies), ...pick(events, "answer")],
    debuggerWaits: debuggerIn(events),
    gaps: isLive
      ? []
      : [...pick(events, "gap").map(({ reason }) => reason), ...strays(started, replies)],
    underWay: pick(events, "request").filter(({ id }) => !answered.has(id)),
    agentErrors: framed.filter(({ kind }) => kind === "error").map(describeError),
    endStatus: framed.findLast(({ kind }) => kind === "end")?.status,
    boots: marks.filter((mark) => mark.class === "boot").length,
    banner: marks.find((mark) => mark.identity !== undefined)?.identity,
    phase: pick(events, "phase").at(-1)?.phase ?? "stage",
    deadline: pick(events, "deadline")[0],
    isAsked: pick(events, "autopsy").length > 0 && pick(events, "deadline").length === 0,
    interrupted: pick(events, "interrupted").length > 0,
    end: pick(events, "machine-ended")[0]?.end,
    tail: pick(events, "console-tail").at(-1)?.lines ?? [],
  };
}

type EventOf<Kind extends LaneEvent["kind"]> = Extract<LaneEvent, { readonly kind: Kind }>;

export function pick<Kind extends LaneEvent["kind"]>(
  events: readonly LaneEvent[],
  kind: Kind,
): readonly EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}

function reportsIn(events: readonly LaneEvent[]): Pick<History, "reports" | "panic" | "autopsy"> {
  const all = pick(events, "report").map((event) => ({
    atMs: event.atMs,
    report: { ...event.report, guilt: guiltOf(event) },
  }));
  const end = pick(events, "machine-ended")[0]?.end;
  const asked = pick(events, "deadline")[0] ?? pick(events, "autopsy")[0];
  const deadlineMs = asked?.atMs ?? Infinity;
  const reports = all.filter(({ atMs }) => atMs <= deadlineMs).map(({ report }) => report);
  const late = all.filter(({ atMs }) => atMs > deadlineMs).map(({ report }) => report);
  return {
    reports,
    panic: reports.find((report) => report.severity === "fatal" && believable(report, end)),
    autopsy: late.find((report) => report.severity === "fatal") ?? late[0],
  };
}

/** So much later may be read what was said before. */
const SAID_BEFORE_MS = 1_000;

/** An agent that goes on shows that the kernel does: a program wrote the words of its debugger. */
function debuggerIn(events: readonly LaneEvent[]): MarkEvent | undefined {
  const lastMs = pick(events, "observation").findLast((one) => one.observation.seq !== null)?.atMs;
  return pick(events, "mark").find(
    ({ atMs, mark }) =>
      mark.severity === "fatal" &&
      mark.class === "debugger" &&
      (lastMs === undefined || lastMs <= atMs + SAID_BEFORE_MS),
  )?.mark;
}

/** A report that nothing else on the console confirmed is believed only if the machine did not end as it should. */
function believable(report: ReportEvent, end: MachineEnd | undefined): boolean {
  return report.confidence === "certain" || end?.how !== "powered-off";
}

/** A second reply must not replace the first. */
function firstByStep(replies: readonly Observation[]): ReadonlyMap<number, Observation> {
  return new Map(replies.toReversed().map((one) => [one.stepId!, one]));
}

/** Replies that cannot be right: to a step that the plan does not have, and a second one to the same step. */
function strays({ steps }: StartedEvent, replies: readonly Observation[]): readonly string[] {
  const open = new Map(steps.map(({ id, name }) => [id, name]));
  const known = new Map(open);
  return replies.flatMap(({ stepId }) => {
    const id = stepId!;
    if (open.delete(id)) return [];
    const name = known.get(id);
    return name === undefined
      ? [`a reply to step ${id} came, which is not in the plan`]
      : [`step ${id}, ${name}, was answered twice`];
  });
}

function describeError({ status, data }: Observation): string {
  const reason = data["reason"] ?? data["text"];
  return typeof reason === "string"
    ? `the agent said ${status}: ${reason}`
    : `the agent said ${status}`;
}
