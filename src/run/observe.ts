/**
 * Watches one machine from its start to its end and says what happens, in order.
 *
 * It decides only *when to stop watching*: a machine that ends by itself needs no decision; one that is dying, has halted, or
 * whose phase is spent, has its last minute (`last-minute.ts`) and is ended.
 */
import type { SymbolAt } from "../console/stack.js";
import type { Machine, MachineEnd } from "../machine/machine.js";
import { settledEnd } from "../machine/settle-end.js";
import { phases, type DeadlineEvent, type LaneHappening, type Phase } from "./events.js";
import { openInterpreter, type Insight, type Interpreter } from "./interpreter.js";
import { openLastMinute, type LastMinute } from "./last-minute.js";
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
  /** Whether a dying kernel writes a dump, see `dump-progress.ts`. Default: it does not. */
  readonly dumpGoesOn?: (() => boolean) | undefined;
  /**
   * Keeps what the lane wants of a machine whose kernel is dead or hung, right before the machine is stopped. It bounds itself; the
   * machine may end meanwhile.
   */
  readonly scene?: (machine: Machine) => Promise<void>;
  /** Ends the watch, and the machine with it. */
  readonly signal: AbortSignal;
}

type WatchedPlan = Pick<
  ColumnPlan,
  "guest" | "probe" | "runId" | "file" | "budgets" | "machine" | "debugger"
>;

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
  void machine.held?.then(() => guard.run(() => watch.held()));

  const ended = await machine.ended;
  watcher.signal.removeEventListener("abort", interrupt);
  guard.run(() => watch.act(interpreter.end()));
  await watch.gone();
  const settled = settledEnd(ended, watch.saidPowerOff);
  // A guest that halts leaves its machine on until we end it.
  const isHalt = watch.hasHalted && settled.how === "stopped";
  const end: MachineEnd = isHalt ? { how: "halted", detail: "the console says so" } : settled;
  guard.run(() => {
    watcher.emit({ kind: "machine-ended", end });
  });
  guard.rethrow();
  return end;
}

interface Guard {
  /** Does nothing any more once something has failed. */
  run(work: () => void): void;
  fail(error: unknown): void;
  rethrow(): void;
}

/** What goes wrong while watching, such as a full disk, ends the machine and is thrown at the end. */
function openGuard(onFailure: () => void): Guard {
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    onFailure();
  };
  return {
    run(work) {
      if (failure) return;
      try {
        work();
      } catch (error) {
        fail(error);
      }
    },
    fail,
    rethrow() {
      if (failure) throw failure.error;
    },
  };
}

/** What is done about the interpreter's insights: phases and their alarms, and the end of a guest that is dying. */
class Watch {
  readonly interpreter: Interpreter;
  hasHalted = false;
  /** The kernel did not let go of a process that was killed for its deadline. */
  private isStuck = false;
  private readonly machine: Machine;
  private readonly plan: WatchedPlan;
  private readonly watcher: Watcher;
  private readonly last: LastMinute;
  private readonly clock: PhaseClock;
  private readonly sign = openPowerOffSign();

  constructor(machine: Machine, plan: WatchedPlan, watcher: Watcher, guard: Guard) {
    this.machine = machine;
    this.plan = plan;
    this.watcher = watcher;
    const { symbolAt, trail } = watcher;
    this.interpreter = openInterpreter(plan.guest, plan.probe.steps, plan.runId, symbolAt, trail);
    this.last = openLastMinute({
      machine,
      guest: plan.guest,
      spec: plan.machine,
      commands: plan.debugger,
      dumpGoesOn: watcher.dumpGoesOn,
      emit: (happening) => guard.run(() => watcher.emit(happening)),
      type: (text) => this.type(text),
      unfinished: () => this.interpreter.unfinished(),
      quiet: () => guard.run(() => this.act(this.interpreter.idle())),
      scene: async () => watcher.scene?.(machine),
      failed: (error) => guard.fail(error),
    });
    this.clock = startPhaseClock(plan.budgets, {
      entered: (phase, budgetMs) =>
        guard.run(() => watcher.emit({ kind: "phase", phase, budgetMs })),
      expired: () => guard.run(() => this.askWhereItIs({})),
    });
  }

  act(insights: readonly Insight[]): void {
    for (const insight of insights) {
      if (insight.type === "happened") this.happened(insight.happening);
      else if (insight.type === "line") this.line(insight.text);
      else if (insight.type === "reached") this.reach(insight.phase);
      else if (insight.type === "debugged") this.last.debugged(insight.by);
      else this.stops(insight.type);
    }
  }

  /** What a debugger prints when it is asked is an answer, whatever it looks like; that the kernel starts again is not. */
  private happened(happening: LaneHappening): void {
    if (this.last.isAsking && isFinding(happening)) return;
    this.isStuck ||= happening.kind === "observation" && "abandoned" in happening.observation.data;
    this.watcher.emit(happening);
  }

  private line(text: string): void {
    this.last.line(text);
    this.watcher.line(text);
  }

  /** The kernel does not go on. With a debugger of the user's own that is what is looked at. */
  private stops(how: "dying" | "halted"): void {
    this.hasHalted ||= how === "halted";
    this.clock.stop();
    if (!this.plan.machine.waitsForDebugger) this.last.dying();
  }

  private type(text: string): void {
    this.interpreter.typed(text);
    this.machine.console.write(text);
  }

  console(chunk: Buffer): void {
    this.last.heard();
    this.sign.console(chunk);
    this.act(this.interpreter.console(chunk));
  }

  /** The kernel on the console, or the agent, whose end line is its last word before it. */
  get saidPowerOff(): boolean {
    return this.sign.seen || this.clock.phase === "power-off";
  }

  /** The guest has reset, with a last word or without, and would have ended the machine. */
  held(): void {
    this.clock.stop();
    this.last.dying();
  }

  hangs(silentMs: number): void {
    if (!this.last.begun) this.askWhereItIs({ silentMs });
  }

  gone(): Promise<void> {
    this.clock.stop();
    return this.last.gone();
  }

  /** Phases are passed through in their order, and not at all by a guest that is dying. */
  private reach(phase: Phase): void {
    const isNext = phases.indexOf(phase) > phases.indexOf(this.clock.phase);
    if (!isNext || this.last.begun) return;
    this.clock.enter(phase);
    if (phase === "power-off" && this.isStuck && this.hasDebugger()) this.last.hung();
  }

  /** Whether the kernel has a debugger, by its own word: one without would die of the question. */
  private hasDebugger(): boolean {
    const { guest, file, debugger: commands, machine } = this.plan;
    const isThere = guest === "freebsd" && file.options?.includes("DDB") === true;
    return isThere && commands.length > 0 && machine.waitsForDebugger !== true;
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
    this.clock.stop();
    this.last.hung();
  }
}

function isFinding(happening: LaneHappening): boolean {
  if (happening.kind === "mark") return happening.mark.severity !== "info";
  return happening.kind === "report" || happening.kind === "dying";
}
