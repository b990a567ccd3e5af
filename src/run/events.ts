/**
 * Everything that is observed of one column, in order: `events.jsonl` holds one of these a line, and the progress
 * display, the record and `kernlane judge` read nothing else.
 */
import type { ErrorCode, WhoMustAct } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import type { MarkEvent, ReportEvent } from "../console/events.js";
import type { KernelIdentity } from "../guests/guest.js";
import type { FindingsPolicy } from "../lane/findings.js";
import type { MachineEnd } from "../machine/machine.js";
import type { Observation } from "../protocol/decode-reply.js";
import type { SceneRecord } from "./scene.js";
import type { Transport } from "../protocol/encode-plan.js";
import type { PlannedStep } from "../protocol/planned-step.js";
import type { During } from "./step-trail.js";

/** The phases of a column, in order. `rc` is passed through by guests that have an rc(8) only. */
export const phases = ["stage", "load", "kernel", "rc", "probe", "power-off"] as const;
export type Phase = (typeof phases)[number];

export type LaneEvent = { readonly atMs: number } & LaneHappening;

export type LaneHappening =
  | StartedEvent
  | { readonly kind: "phase"; readonly phase: Phase; readonly budgetMs: number }
  | { readonly kind: "mark"; readonly mark: MarkEvent; readonly during?: During }
  | { readonly kind: "dying"; readonly title: string }
  | ReportedEvent
  | { readonly kind: "observation"; readonly observation: Observation }
  | { readonly kind: "gap"; readonly reason: string }
  | RequestEvent
  /** Of a live guest's requests and replies, so many were not kept. */
  | { readonly kind: "calls-left-out"; readonly count: number }
  | DeadlineEvent
  | { readonly kind: "autopsy"; readonly how: string }
  | AnswerEvent
  | { readonly kind: "interrupted" }
  | { readonly kind: "trouble"; readonly trouble: Trouble }
  | { readonly kind: "machine-ended"; readonly end: MachineEnd }
  | KeepingEvent
  | { readonly kind: "scene"; readonly scene: SceneRecord }
  | { readonly kind: "console-tail"; readonly lines: readonly string[] };

/** The lane's own trouble with a column: no verdict on its kernel, see `LaneError`. */
export interface Trouble {
  readonly code: ErrorCode;
  readonly who: WhoMustAct;
  readonly message: string;
  readonly hint: string | null;
}

/** A report of the console. */
export interface ReportedEvent {
  readonly kind: "report";
  readonly report: ReportEvent;
  /** What the guest was doing when it began. Absent in what earlier versions wrote. */
  readonly during?: During;
}

/** Something of a guest's last moment is being kept: said when it begins, and now and then while it goes on. */
export interface KeepingEvent {
  readonly kind: "keeping";
  readonly what: SceneRecord["kind"];
  readonly doneBytes: number;
  /** At most. */
  readonly ofBytes: number;
}

/** What a live guest was asked. */
export interface RequestEvent {
  readonly kind: "request";
  /** The `stepId` of its reply. */
  readonly id: number;
  readonly name: string;
  readonly context: string;
}

/** A phase's budget is spent, or a live guest does not answer any more. */
export interface DeadlineEvent {
  readonly kind: "deadline";
  readonly phase: Phase;
  readonly budgetMs: number;
  /** What the phase took of it, without the time in which kernlane itself did not run. Absent in what earlier versions wrote. */
  readonly spentMs?: number;
  /** For how long the agent of a live guest had said nothing, though it was asked. */
  readonly silentMs?: number;
  /** What the guest was doing. Absent in what earlier versions wrote. */
  readonly during?: During;
  /** What the console had said until then, in bytes. */
  readonly consoleBytes: number;
}

/** What a dying or hung kernel was asked, and its answer. */
export interface AnswerEvent {
  readonly kind: "answer";
  /** Who answered: a kernel's debugger, Linux' sysrq, or the agent. */
  readonly from: "ddb" | "kdb" | "sysrq" | "agent";
  /** The debugger's command; the key of sysrq; `kernel stack` of the agent. */
  readonly question: string;
  /** Without the echo of what was typed and the prompt. Bounded. */
  readonly lines: readonly string[];
  /** What ended it. `prompt`: it is whole. `silence`, `time`: the kernel did not come to its end. `size`: there was more. */
  readonly ended: "prompt" | "silence" | "time" | "size";
}

/** The first event: what was asked for, so that a column can be judged again from its events alone. */
export interface StartedEvent {
  readonly kind: "started";
  readonly schema: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly lane: string;
  readonly kernel: string;
  /** What the agent's first line has to repeat. Absent in what earlier versions wrote. */
  readonly runId?: string;
  /** Relative to the folder that holds these events, unless it lies elsewhere. */
  readonly consoleLog: string;
  readonly guest: GuestFamily;
  readonly identity: KernelIdentity;
  readonly hypervisor: string;
  readonly accel: string;
  readonly accelWhy: string;
  readonly argv: readonly (readonly string[])[];
  /** Absent in what earlier versions wrote, which was one-shot. */
  readonly transport?: Transport;
  readonly steps: readonly PlannedStep[];
  /** Absent in what earlier versions wrote: see `allow`. */
  readonly findings?: FindingsPolicy;
  /** Titles and classes of findings that do not fail the run, in what earlier versions wrote. */
  readonly allow?: readonly string[];
  /** How the guest may die of something that is not its kernel's fault. Absent in what earlier versions wrote. */
  readonly caveats?: readonly string[];
}
