/**
 * The phase that a column is in, and the alarm that rings when its budget is spent.
 */
import { fairClock, startFairTimer, type FairTimer } from "../host/fair-timer.js";
import type { Budgets } from "./budgets.js";
import type { Phase } from "./events.js";

export interface PhaseClock {
  readonly phase: Phase;
  enter(phase: Phase): void;
  /** How long the phase has taken so far, in ms, without the time in which this process did not run. */
  spentMs(): number;
  /** The alarm will not ring any more. */
  stop(): void;
}

export interface PhaseAlarms {
  /** A phase began, with what it may take. */
  readonly entered: (phase: Phase, budgetMs: number) => void;
  /** Its budget is spent. */
  readonly expired: () => void;
}

const BOOTING: ReadonlySet<Phase> = new Set<Phase>(["load", "kernel", "rc"]);

/** Begins in `load`. The phases of the boot also share one budget, which runs from here. */
export function startPhaseClock(budgets: Budgets, alarms: PhaseAlarms): PhaseClock {
  const startedMs = fairClock.nowMs();
  let enteredMs = startedMs;
  let phase: Phase = "load";
  let timer: FairTimer | undefined;
  const enter = (next: Phase): void => {
    timer?.stop();
    phase = next;
    enteredMs = fairClock.nowMs();
    const ownMs = budgets.phasesMs[next];
    const leftMs = BOOTING.has(next) ? startedMs + budgets.bootMs - enteredMs : ownMs;
    alarms.entered(next, ownMs);
    timer = startFairTimer(Math.max(0, Math.min(ownMs, leftMs)), alarms.expired);
  };
  enter(phase);
  return {
    get phase() {
      return phase;
    },
    enter,
    spentMs: () => Math.round(fairClock.nowMs() - enteredMs),
    stop: () => timer?.stop(),
  };
}
