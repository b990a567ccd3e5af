/**
 * What the bytes of a machine's two serial ports mean for a run. Pure: no clock, no machine; `observe.ts` acts on it.
 */
import { openConsoleReader } from "../console/console-reader.js";
import type { ConsoleEvent, MarkEvent } from "../console/events.js";
import { decodeFrame } from "../console/framing.js";
import type { SymbolAt } from "../console/stack.js";
import { isReply, ReplyReader, type Observation } from "../protocol/decode-reply.js";
import type { PlannedStep } from "../protocol/planned-step.js";
import { parseForeignLine } from "../protocol/foreign.js";
import type { GuestFamily } from "../base/family.js";
import { openChannelReader, openSharedChannelReader, type ChannelEvent } from "./channel-reader.js";
import { openSysrqAnswers } from "./sysrq-answers.js";
import type { DebuggerName } from "./dialogue.js";
import type { LaneHappening, Phase } from "./events.js";
import { followConsole, openStepTrail, type During, type StepTrail } from "./step-trail.js";

export type Insight =
  /** To be recorded. */
  | { readonly type: "happened"; readonly happening: LaneHappening }
  /** The run has come so far. */
  | { readonly type: "reached"; readonly phase: Phase }
  /** The kernel stops here: what still comes belongs to its end. */
  | { readonly type: "dying" }
  /** The kernel has stopped its processors on purpose, and left the machine on. */
  | { readonly type: "halted" }
  /** The kernel seems to have entered its debugger. */
  | { readonly type: "debugged"; readonly by: DebuggerName }
  /** A line of the console, as a person would have seen it. */
  | { readonly type: "line"; readonly text: string };

export interface Interpreter {
  console(chunk: Uint8Array): readonly Insight[];
  channel(chunk: Uint8Array): readonly Insight[];
  /** What came over the virtio-serial port; an agent uses one channel. */
  port(chunk: Uint8Array): readonly Insight[];
  /** The console has been quiet for a while. */
  idle(): readonly Insight[];
  /** Nothing comes any more. */
  end(): readonly Insight[];
  /** What the guest is doing, as far as it says. */
  during(): During;
  /** Text that is typed on the console: its echo is no mark. Said before the echo can come. */
  typed(text: string): void;
  /** What stands on the console's unfinished line. */
  unfinished(): string;
  /** How much the console has said so far. */
  readonly consoleBytes: number;
}

const TAIL_LINES = 24;
/** A debugger says where it stopped before it waits (sys/ddb/db_main.c, kernel/debug/kdb/kdb_main.c): a prompt without that is a program's. */
const DEBUGGER_ENTERED =
  /^(?:\[ thread pid -?\d+ tid \d+ \]|(?:Stopped|Breakpoint|Watchpoint) at\s)|Entering kdb \(/;

const debuggerOf: Readonly<Record<GuestFamily, DebuggerName>> = { freebsd: "ddb", linux: "kdb" };
/** Names of marks. */
const debuggerPrompts: ReadonlySet<string> = new Set(["ddb-prompt", "kdb-prompt"]);

/**
 * @param runId by which the agent's first line is known, where its frames may travel on the console
 * @param symbolAt the kernel's symbols, for a report without a backtrace
 * @param trail which steps are under way. Default: as the agent says on the console
 */
export function openInterpreter(
  family: GuestFamily,
  steps: readonly PlannedStep[],
  runId: string,
  symbolAt?: SymbolAt,
  trail: StepTrail = openStepTrail(false),
): Interpreter {
  const reader = openConsoleReader({ family, symbolAt });
  const frames = openFrames(steps, runId);
  let consoleBytes = 0;
  const sysrq = openSysrqAnswers();
  let inDebugger = false;
  /** What was under way when the open report began. */
  let began: { readonly id: number; readonly during: During } | undefined;
  const during = (event: Exclude<ConsoleEvent, { type: "line" }>): During => {
    if (event.type === "mark" || began?.id !== event.id) {
      const now = trail.now();
      if (event.type === "report-opened") began = { id: event.id, during: now };
      return now;
    }
    return began.during;
  };
  const debuggedBy = (line: string): readonly Insight[] => {
    if (!DEBUGGER_ENTERED.test(line)) return [];
    inDebugger = true;
    return [{ type: "debugged", by: debuggerOf[family] }];
  };
  const insightsOf = (event: ConsoleEvent): readonly Insight[] => {
    if (event.type === "mark" && debuggerPrompts.has(event.name) && !inDebugger) return [];
    if (event.type === "mark" && event.class === "boot") inDebugger = false;
    if (event.type !== "line") return insightsOfConsole(event, during(event));
    const { text } = event;
    followConsole(trail, text, steps);
    const said = answered(frames.onConsole(text), trail);
    const shown = happenedIf(family === "linux" ? sysrq.line(text) : undefined);
    return [...shown, { type: "line", text }, ...debuggedBy(text), ...said, ...foreignIn(text)];
  };
  return {
    during: () => trail.now(),
    get consoleBytes() {
      return consoleBytes;
    },
    console(chunk) {
      consoleBytes += chunk.length;
      return reader.push(chunk).flatMap(insightsOf);
    },
    channel: (chunk) => answered(frames.onChannel(chunk), trail),
    port: (chunk) => answered(frames.onPort(chunk), trail),
    typed: (text) => reader.typed(text),
    unfinished: () => reader.unfinished(),
    idle: () => [...reader.idle().flatMap(insightsOf), ...happenedIf(sysrq.end())],
    end: () => [
      ...reader.end().flatMap(insightsOf),
      ...happenedIf(sysrq.end()),
      happened({ kind: "console-tail", lines: reader.tail(TAIL_LINES) }),
    ],
  };
}

function happened(happening: LaneHappening): Insight {
  return { type: "happened", happening };
}

/** Tells the trail of the replies among what came over a channel. */
function answered(insights: readonly Insight[], trail: StepTrail): readonly Insight[] {
  for (const insight of insights) {
    if (insight.type !== "happened" || insight.happening.kind !== "observation") continue;
    const { observation } = insight.happening;
    if (isReply(observation)) trail.answered(observation.stepId!);
  }
  return insights;
}

function happenedIf(happening: LaneHappening | undefined): readonly Insight[] {
  return happening === undefined ? [] : [happened(happening)];
}

function insightsOfConsole(
  event: Exclude<ConsoleEvent, { type: "line" }>,
  during: During,
): readonly Insight[] {
  switch (event.type) {
    case "mark":
      return [
        happened({ kind: "mark", mark: event, ...(event.severity === "fatal" ? { during } : {}) }),
        ...reachedBy(event),
        ...(event.severity === "fatal" ? [{ type: "dying" } as const] : []),
        ...(event.name === "halted" ? [{ type: "halted" } as const] : []),
      ];
    case "report-opened":
      if (event.severity !== "fatal") return [];
      return [happened({ kind: "dying", title: event.title }), { type: "dying" }];
    case "report":
      return [happened({ kind: "report", report: event, during })];
  }
}

/** Only FreeBSD has an rc(8) between the root file system and the probe. */
function reachedBy(mark: MarkEvent): readonly Insight[] {
  if (mark.class === "boot") return [{ type: "reached", phase: "kernel" }];
  return mark.name === "root-mount" ? [{ type: "reached", phase: "rc" }] : [];
}

function insightsOfChannel(event: ChannelEvent): readonly Insight[] {
  if (event.type === "gap") return [happened({ kind: "gap", reason: event.reason })];
  const { observation } = event;
  return [happened({ kind: "observation", observation }), ...progressIn(observation)];
}

/** A program of the user's own may use our words. */
function progressIn({ kind, seq }: Observation): readonly Insight[] {
  if (seq === null) return [];
  if (kind === "hello") return [{ type: "reached", phase: "probe" }];
  return kind === "end" ? [{ type: "reached", phase: "power-off" }] : [];
}

/**
 * The agent's frames, wherever they come from: that is known from its first line on. Before it, and where it came by another way, a
 * line of the console that looks like a frame is a line like any other.
 */
function openFrames(steps: readonly PlannedStep[], runId: string) {
  const channel = openChannelReader(steps);
  const port = openChannelReader(steps);
  const shared = openSharedChannelReader(steps);
  let place: "console" | "channel" | undefined;
  const take = (events: readonly ChannelEvent[]): readonly Insight[] => {
    if (events.some(({ type }) => type === "observation")) place ??= "channel";
    return events.flatMap(insightsOfChannel);
  };
  return {
    onConsole(line: string): readonly Insight[] {
      if (place === undefined && isFirstLine(line, runId)) place = "console";
      return place === "console" ? shared.pushLine(line).flatMap(insightsOfChannel) : [];
    },
    onChannel: (chunk: Uint8Array) => take(channel.push(chunk)),
    onPort: (chunk: Uint8Array) => take(port.push(chunk)),
  };
}

/** Whether a line of the console is the first of an agent that has no other channel, or has not found its plan. */
function isFirstLine(line: string, runId: string): boolean {
  const frame = decodeFrame(line);
  if (frame === undefined || "reason" in frame || frame.seq !== 1) return false;
  const said = new ReplyReader([]).read(frame.seq, frame.payload);
  if (said?.kind === "error") return said.status === "no-plan";
  return said?.kind === "hello" && said.data["run"] === runId;
}

/** A bare JSON line of a user's own probe. */
function foreignIn(text: string): readonly Insight[] {
  const frame = decodeFrame(text);
  const isFrame = frame !== undefined && !("reason" in frame);
  const observation = isFrame ? undefined : parseForeignLine(text, false);
  return observation ? [happened({ kind: "observation", observation })] : [];
}
