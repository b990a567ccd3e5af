/**
 * Watches one machine from its start to its end and says what happens, in order.
 *
 * It decides only *when to stop watching*: a machine that ends by itself needs no decision; a dying one is given the time
 * to finish its last words; one whose phase is spent is asked where it is (a non-maskable interrupt) and ended.
 */
import { openConsoleReader, type ConsoleReader } from "../console/console-reader.js";
import type { ConsoleEvent, MarkEvent } from "../console/events.js";
import type { Machine, MachineEnd } from "../hypervisors/machine.js";
import { parseForeignLine } from "../probe/foreign.js";
import type { Observation } from "../probe/decode-reply.js";
import { openChannelReader, type ChannelEvent } from "./channel-reader.js";
import type { LaneHappening, Phase } from "./events.js";
import { startPhaseClock } from "./phase-clock.js";
import type { ColumnPlan } from "./plan.js";

export interface Watcher {
  /** Everything that is observed; what it throws ends the machine. */
  readonly emit: (happening: LaneHappening) => void;
  /** The console's bytes as they came. */
  readonly console: (bytes: Uint8Array) => void;
  /** Each line of the console as a person would have seen it, for a live view. */
  readonly line: (text: string) => void;
  /** Ends the watch, and the machine with it. */
  readonly signal: AbortSignal;
}

/** A kernel that has said nothing for so long has said its last words. */
const QUIET_MS = 1_500;
/** Last words that do not end are cut off. */
const LAST_WORDS_MS = 10_000;
const TAIL_LINES = 24;

/** @returns how the machine ended, with all its output read. Rejects with what `watcher.emit` or `console` threw. */
export async function observeMachine(
  machine: Machine,
  plan: ColumnPlan,
  watcher: Watcher,
): Promise<MachineEnd> {
  const reader = openConsoleReader({ family: plan.guest });
  const channel = openChannelReader(plan.probe.steps);
  const consoleFrames = openChannelReader(plan.probe.steps);
  let failure: { readonly error: unknown } | undefined;
  let dying = false;
  let consoleBytes = 0;
  let quiet: NodeJS.Timeout | undefined;
  let lastWords: NodeJS.Timeout | undefined;

  /** What goes wrong here, such as a full disk, ends the machine and is thrown at the end. */
  const guarded = (work: () => void): void => {
    if (failure) return;
    try {
      work();
    } catch (error) {
      failure = { error };
      void machine.stop();
    }
  };

  const clock = startPhaseClock(plan.budgets, {
    entered: (phase, budgetMs) => guarded(() => watcher.emit({ kind: "phase", phase, budgetMs })),
    expired: (phase, budgetMs) => guarded(() => autopsy(phase, budgetMs)),
  });

  function autopsy(phase: Phase, budgetMs: number): void {
    watcher.emit({ kind: "deadline", phase, budgetMs });
    awaitLastWords();
    watcher.emit({ kind: "autopsy", how: "non-maskable interrupt" });
    // A machine that is gone or does not take the interrupt is ended all the same.
    machine.injectNmi().catch(() => undefined);
  }

  /** From here on the machine ends when it falls silent, and at the latest after {@link LAST_WORDS_MS}. */
  function awaitLastWords(): void {
    if (dying) return;
    dying = true;
    clock.stop();
    restartQuiet();
    lastWords = setTimeout(() => void machine.stop(), LAST_WORDS_MS);
  }

  function restartQuiet(): void {
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      guarded(() => reader.idle().forEach(takeConsole));
      if (dying) void machine.stop();
    }, QUIET_MS);
  }

  function takeConsole(event: ConsoleEvent): void {
    switch (event.type) {
      case "line":
        watcher.line(event.text);
        takeLine(event.text);
        break;
      case "mark":
        watcher.emit({ kind: "mark", mark: event });
        takeMark(event);
        break;
      case "report-opened":
        if (event.severity !== "fatal") break;
        watcher.emit({ kind: "dying", title: event.title });
        awaitLastWords();
        break;
      case "report":
        watcher.emit({ kind: "report", report: event });
        break;
    }
  }

  function takeMark(mark: MarkEvent): void {
    if (mark.class === "boot" && clock.phase === "load") clock.enter("kernel");
    if (mark.severity === "fatal") awaitLastWords();
  }

  function takeLine(text: string): void {
    consoleFrames.pushLine(text).forEach(takeChannel);
    const observation = text.includes("@kl ") ? undefined : parseForeignLine(text, false);
    if (observation) watcher.emit({ kind: "observation", observation });
  }

  function takeChannel(event: ChannelEvent): void {
    if (event.type === "gap") watcher.emit({ kind: "gap", reason: event.reason });
    else takeObservation(event.observation);
  }

  function takeObservation(observation: Observation): void {
    watcher.emit({ kind: "observation", observation });
    if (dying) return;
    if (observation.kind === "hello") clock.enter("probe");
    if (observation.kind === "end") clock.enter("power-off");
  }

  machine.console.on("data", (chunk: Buffer) => {
    consoleBytes += chunk.length;
    guarded(() => {
      watcher.console(chunk);
      reader.push(chunk).forEach(takeConsole);
    });
    restartQuiet();
  });
  machine.channel.on("data", (chunk: Buffer) =>
    guarded(() => channel.push(chunk).forEach(takeChannel)),
  );
  const interrupt = (): void => {
    guarded(() => watcher.emit({ kind: "interrupted" }));
    void machine.stop();
  };
  watcher.signal.addEventListener("abort", interrupt, { once: true });
  if (watcher.signal.aborted) interrupt();

  const end = await machine.ended;
  clock.stop();
  clearTimeout(quiet);
  clearTimeout(lastWords);
  watcher.signal.removeEventListener("abort", interrupt);
  guarded(() => {
    reader.end().forEach(takeConsole);
    clock.stop();
    clearTimeout(lastWords);
    watcher.emit({ kind: "console-tail", lines: tailOf(reader) });
    watcher.emit({ kind: "machine-ended", end, consoleBytes });
  });
  if (failure) throw failure.error;
  return end;
}

function tailOf(reader: ConsoleReader): readonly string[] {
  return reader.tail(TAIL_LINES);
}
