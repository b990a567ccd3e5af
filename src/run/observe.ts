/**
 * Watches one machine from its start to its end and says what happens, in order.
 *
 * It decides only *when to stop watching*: a machine that ends by itself needs no decision; a dying one is given the time
 * for its last words; one whose phase is spent is asked where it is (a non-maskable interrupt) and then ended.
 */
import type { Machine, MachineEnd } from "../machine/machine.js";
import { phases, type LaneHappening, type Phase } from "./events.js";
import { openInterpreter, type Insight } from "./interpreter.js";
import { awaitLastWords } from "./last-words.js";
import { startPhaseClock } from "./phase-clock.js";
import type { ColumnPlan } from "./plan.js";

export interface Watcher {
  /** Everything that is observed; what it throws ends the machine. */
  readonly emit: (happening: LaneHappening) => void;
  /** The console's bytes as they came; what it throws ends the machine. */
  readonly console: (bytes: Uint8Array) => void;
  /** Each line of the console as a person would have seen it, for a live view. */
  readonly line: (text: string) => void;
  /** Called at the start with what to call when the agent does not answer any more, and for how long it has not. */
  readonly watching?: (hangs: (silentMs: number) => void) => void;
  /** Ends the watch, and the machine with it. */
  readonly signal: AbortSignal;
}

/** @returns how the machine ended, with all its output read. Rejects with what `watcher` threw. */
export async function observeMachine(
  machine: Machine,
  plan: ColumnPlan,
  watcher: Watcher,
): Promise<MachineEnd> {
  const interpreter = openInterpreter(plan.guest, plan.probe.steps);
  let failure: { readonly error: unknown } | undefined;
  let consoleBytes = 0;

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
  const lastWords = awaitLastWords({
    quiet: () => guarded(() => act(interpreter.idle())),
    over: () => void machine.stop(),
  });
  const clock = startPhaseClock(plan.budgets, {
    entered: (phase, budgetMs) => guarded(() => watcher.emit({ kind: "phase", phase, budgetMs })),
    expired: (phase, budgetMs) => guarded(() => autopsy(phase, budgetMs)),
  });

  function autopsy(phase: Phase, budgetMs: number, silence?: { readonly silentMs: number }): void {
    watcher.emit({ kind: "deadline", phase, budgetMs, ...silence, consoleBytes });
    watcher.emit({ kind: "autopsy", how: "non-maskable interrupt" });
    lastWords.begin();
    // A machine that is gone or does not take the interrupt is ended all the same.
    machine.injectNmi().catch(() => undefined);
  }

  function act(insights: readonly Insight[]): void {
    for (const insight of insights) {
      if (insight.type === "happened") watcher.emit(insight.happening);
      else if (insight.type === "line") watcher.line(insight.text);
      else if (insight.type === "reached") reach(insight.phase);
      else if (insight.type === "ask") machine.console.write(insight.text);
      else {
        clock.stop();
        // With a debugger a dying kernel is what is looked at.
        if (!plan.machine.waitsForDebugger) lastWords.begin();
      }
    }
  }

  /** Phases are passed through in their order, and not at all by a guest that is dying. */
  function reach(phase: Phase): void {
    const isNext = phases.indexOf(phase) > phases.indexOf(clock.phase);
    if (isNext && !lastWords.begun) clock.enter(phase);
  }

  machine.console.on("data", (chunk: Buffer) => {
    consoleBytes += chunk.length;
    lastWords.heard();
    guarded(() => {
      watcher.console(chunk);
      act(interpreter.console(chunk));
    });
  });
  machine.channel.on("data", (chunk: Buffer) => guarded(() => act(interpreter.channel(chunk))));
  machine.port?.on("data", (chunk: Buffer) => guarded(() => act(interpreter.port(chunk))));
  watcher.watching?.((silentMs) => {
    if (lastWords.begun) return;
    const { phase } = clock;
    clock.stop();
    guarded(() => autopsy(phase, plan.budgets.phasesMs[phase], { silentMs }));
  });
  const interrupt = (): void => {
    guarded(() => watcher.emit({ kind: "interrupted" }));
    void machine.stop();
  };
  watcher.signal.addEventListener("abort", interrupt, { once: true });
  if (watcher.signal.aborted) interrupt();

  const end = await machine.ended;
  watcher.signal.removeEventListener("abort", interrupt);
  guarded(() => {
    act(interpreter.end());
    watcher.emit({ kind: "machine-ended", end });
  });
  clock.stop();
  lastWords.stop();
  if (failure) throw failure.error;
  return end;
}
