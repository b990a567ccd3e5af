/**
 * The events of one column, read once from start to end and sorted by what the judge asks for.
 */
import type { MarkEvent, ReportEvent } from "../console/events.js";
import type { MachineEnd } from "../machine/machine.js";
import { isReply, type Observation } from "../protocol/decode-reply.js";
import type { DeadlineEvent, LaneEvent, Phase, RequestEvent, StartedEvent } from "./events.js";

export interface History {
  readonly started: StartedEvent;
  readonly observations: readonly Observation[];
  /** By step. */
  readonly replies: ReadonlyMap<number, Observation>;
  readonly marks: readonly MarkEvent[];
  /** Reports up to a deadline; what comes after it answers our interrupt. */
  readonly reports: readonly ReportEvent[];
  /** The first fatal report that is to be believed. */
  readonly panic: ReportEvent | undefined;
  readonly autopsy: ReportEvent | undefined;
  /** Of a one-shot run: a live session asks again for what it missed, and tells its caller what it cannot have. */
  readonly gaps: readonly string[];
  /** What a live guest was asked and had not answered. */
  readonly underWay: readonly RequestEvent[];
  readonly agentErrors: readonly string[];
  /** Whether the agent's end line came. */
  readonly finished: boolean;
  /** How often a kernel started. */
  readonly boots: number;
  readonly banner: string | undefined;
  readonly phase: Phase;
  readonly deadline:
    (DeadlineEvent & { readonly atMs: number; readonly sinceMs: number }) | undefined;
  readonly interrupted: boolean;
  readonly end: MachineEnd | undefined;
  readonly tail: readonly string[];
}

/** `undefined` when the events do not say what was asked for. */
export function readHistory(events: readonly LaneEvent[]): History | undefined {
  const started = pick(events, "started")[0];
  if (!started) return undefined;
  const observations = pick(events, "observation").map((event) => event.observation);
  const phaseEvents = pick(events, "phase");
  const deadline = pick(events, "deadline")[0];
  const reports = pick(events, "report");
  const before = reports
    .filter((event) => !deadline || event.atMs <= deadline.atMs)
    .map((event) => event.report);
  const marks = pick(events, "mark").map((event) => event.mark);
  const ended = pick(events, "machine-ended")[0];
  const since = phaseEvents.findLast((event) => event.phase === deadline?.phase);
  const replies = new Map(observations.filter(isReply).map((one) => [one.stepId!, one]));
  const isLive = started.transport === "live";
  return {
    started,
    observations: isLive ? observations.filter((one) => one.stepId === null) : observations,
    replies,
    marks,
    reports: before,
    panic: before.find((report) => report.severity === "fatal" && believable(report, ended?.end)),
    autopsy: reports.find((event) => deadline && event.atMs > deadline.atMs)?.report,
    gaps: isLive ? [] : pick(events, "gap").map((event) => event.reason),
    underWay: pick(events, "request").filter(({ id }) => !replies.has(id)),
    agentErrors: observations
      .filter(({ kind, seq }) => kind === "error" && seq !== null)
      .map(describeError),
    finished: observations.some(({ kind, seq }) => kind === "end" && seq !== null),
    boots: marks.filter((mark) => mark.class === "boot").length,
    banner: marks.find((mark) => mark.identity !== undefined)?.identity,
    phase: phaseEvents.at(-1)?.phase ?? "stage",
    deadline: deadline && { ...deadline, sinceMs: since?.atMs ?? 0 },
    interrupted: pick(events, "interrupted").length > 0,
    end: ended?.end,
    tail: pick(events, "console-tail").at(-1)?.lines ?? [],
  };
}

type EventOf<Kind extends LaneEvent["kind"]> = Extract<LaneEvent, { readonly kind: Kind }>;

function pick<Kind extends LaneEvent["kind"]>(
  events: readonly LaneEvent[],
  kind: Kind,
): readonly EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}

/** A report that nothing else on the console confirmed is believed only if the machine did not end as it should. */
function believable(report: ReportEvent, end: MachineEnd | undefined): boolean {
  return report.confidence === "certain" || end?.how !== "powered-off";
}

function describeError({ status, data }: Observation): string {
  const reason = data["reason"] ?? data["text"];
  return typeof reason === "string"
    ? `the agent said ${status}: ${reason}`
    : `the agent said ${status}`;
}
