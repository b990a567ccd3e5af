/**
 * Watches one machine from its start to its end and says what happens, in order.
 *
 * It decides only *when to stop watching*: a machine that ends by itself needs no decision; a dying one is given the time to say
 * why; one that has halted is ended when it is silent; one whose phase is spent is asked where it is (a non-maskable interrupt) and then ended.
 */
import type { SymbolAt } from "../console/stack.js";
import type { Machine, MachineEnd } from "../machine/machine.js";
import { settledEnd } from "../machine/settle-end.js";
import { openDyingGrace, type DyingGrace } from "./dying-grace.js";
import { phases, type DeadlineEvent, type LaneHappening, type Phase } from "./events.js";
import { openInterpreter, type Insight, type Interpreter } from "./interpreter.js";
import { startPhaseClock, type PhaseClock } from "./phase-clock.js";
import type { ColumnPlan } from "./plan.js";
import { openPowerOffSign } from "./power-off-sign.js";
import type { StepTrail } from "./step-trail.js";

export interface Watcher {
  /** Everything that is observed; what it throws ends the machine. */
  readonly emit: (happening: LaneHappening) => void;
  /** The console's bytes as they came; what it throws ends the machine. */
  readonly console: (bytes: Uint8Array) => void;
  /** Each line of the console as a person would have seen it, for a live view. */
  readonly line: (text: string) => void;
  /** Called at the start with what to call when the agent does not answer any more, and for how long it has not. */
  readonly watching?: (hangs: (silentMs: number) => void) => void;
  /** Which steps are under way, as far as more is known than the agent says on the console. */
  readonly trail?: StepTrail;
  /** The kernel's symbols, for a report without a backtrace. */
  readonly symbolAt?: SymbolAt | undefined;
  /** Ends the watch, and the machine with it. */
  readonly signal: AbortSignal;
}

type WatchedPlan = Pick<ColumnPlan, "guest" | "probe" | "runId" | "budgets" | "machine">;

/** @returns how the machine ended, with all its output read. Rejects with what `watcher` threw. */
export async function observeMachine(
  machine: Machine,
  plan: WatchedPlan,
  watcher: Watcher,
): Promise<MachineEnd> {
  const guard = openGuard(() => void machine.stop());
  const watch = new Watch(machine, plan, watcher, guard);
  const { interpreter } = watch;
  machine.console.on("data", (chunk: Buffer) => {
    watch.heard();
    guard.run(() => {
      watcher.console(chunk);
      watch.console(chunk);
    });
  });
  machine.channel.on("data", (chunk: Buffer) =>
    guard.run(() => watch.act(interpreter.channel(chunk))),
  );
  machine.port?.on("data", (chunk: Buffer) => guard.run(() => watch.act(interpreter.port(chunk))));
  watcher.watching?.((silentMs) => guard.run(() => watch.hangs(silentMs)));
  const interrupt = (): void => {
    guard.run(() => watcher.emit({ kind: "interrupted" }));
    void machine.stop();
  };
  watcher.signal.addEventListener("abort", interrupt, { once: true });
  if (watcher.signal.aborted) interrupt();

  const ended = await machine.ended;
  watcher.signal.removeEventListener("abort", interrupt);
  guard.run(() => watch.act(interpreter.end()));
  const settled = settledEnd(ended, watch.saidPowerOff);
  // A guest that halts leaves its machine on until we end it.
  const isHalt = watch.hasHalted && settled.how === "stopped";
  const end: MachineEnd = isHalt ? { how: "halted", detail: "the console says so" } : settled;
  guard.run(() => {
    watcher.emit({ kind: "machine-ended", end });
  });
  watch.stop();
  guard.rethrow();
  return end;
}

interface Guard {
  /** Does nothing any more once something has failed. */
  run(work: () => void): void;
  rethrow(): void;
}

/** What goes wrong while watching, such as a full disk, ends the machine and is thrown at the end. */
function openGuard(onFailure: () => void): Guard {
  let failure: { readonly error: unknown } | undefined;
  return {
    run(work) {
      if (failure) return;
      try {
        work();
      } catch (error) {
        failure = { error };
        onFailure();
      }
    },
    rethrow() {
      if (failure) throw failure.error;
    },
  };
}

/** What is done about the interpreter's insights: phases and their alarms, and the end of a guest that is dying. */
class Watch {
  readonly interpreter: Interpreter;
  hasHalted = false;
  private readonly machine: Machine;
  private readonly plan: WatchedPlan;
  private readonly watcher: Watcher;
  private readonly grace: DyingGrace;
  private readonly clock: PhaseClock;
  private readonly sign = openPowerOffSign();

  constructor(machine: Machine, plan: WatchedPlan, watcher: Watcher, guard: Guard) {
    this.machine = machine;
    this.plan = plan;
    this.watcher = watcher;
    const { symbolAt, trail } = watcher;
    this.interpreter = openInterpreter(plan.guest, plan.probe.steps, plan.runId, symbolAt, trail);
    this.grace = openDyingGrace({
      quiet: () => guard.run(() => this.act(this.interpreter.idle())),
      over: () => void machine.stop(),
    });
    this.clock = startPhaseClock(plan.budgets, {
      entered: (phase, budgetMs) =>
        guard.run(() => watcher.emit({ kind: "phase", phase, budgetMs })),
      expired: () => guard.run(() => this.askWhereItIs({})),
    });
  }

  act(insights: readonly Insight[]): void {
    for (const insight of insights) {
      if (insight.type === "happened") this.watcher.emit(insight.happening);
      else if (insight.type === "line") this.watcher.line(insight.text);
      else if (insight.type === "reached") this.reach(insight.phase);
      else if (insight.type === "ask") this.machine.console.write(insight.text);
      else {
        this.hasHalted ||= insight.type === "halted";
        this.clock.stop();
        // With a debugger a dying kernel is what is looked at.
        if (!this.plan.machine.waitsForDebugger) this.grace.begin();
      }
    }
  }

  console(chunk: Buffer): void {
    this.sign.console(chunk);
    this.act(this.interpreter.console(chunk));
  }

  /** The kernel on the console, or the agent, whose end line is its last word before it. */
  get saidPowerOff(): boolean {
    return this.sign.seen || this.clock.phase === "power-off";
  }

  heard(): void {
    this.grace.heard();
  }

  hangs(silentMs: number): void {
    if (!this.grace.begun) this.askWhereItIs({ silentMs });
  }

  stop(): void {
    this.clock.stop();
    this.grace.stop();
  }

  /** Phases are passed through in their order, and not at all by a guest that is dying. */
  private reach(phase: Phase): void {
    const isNext = phases.indexOf(phase) > phases.indexOf(this.clock.phase);
    if (isNext && !this.grace.begun) this.clock.enter(phase);
  }

  private askWhereItIs(silence: Pick<DeadlineEvent, "silentMs">): void {
    const { phase } = this.clock;
    this.watcher.emit({
      kind: "deadline",
      phase,
      budgetMs: this.plan.budgets.phasesMs[phase],
      spentMs: this.clock.spentMs(),
      ...silence,
      during: this.interpreter.during(),
      consoleBytes: this.interpreter.consoleBytes,
    });
    this.watcher.emit({ kind: "autopsy", how: "non-maskable interrupt" });
    this.clock.stop();
    this.grace.begin();
    // A machine that is gone or does not take the interrupt is ended all the same.
    this.machine.injectNmi().catch(() => undefined);
  }
}
