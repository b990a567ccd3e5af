/**
 * The phase that a column is in, and the alarm that rings when its budget is spent.
 */
import type { Budgets } from "./budgets.js";
import type { Phase } from "./events.js";

export interface PhaseClock {
  readonly phase: Phase;
  enter(phase: Phase): void;
  /** The alarm will not ring any more. */
  stop(): void;
}

export interface PhaseAlarms {
  /** A phase began, with what it may take. */
  readonly entered: (phase: Phase, budgetMs: number) => void;
  /** Its budget is spent. */
  readonly expired: (phase: Phase, budgetMs: number) => void;
}

const BOOTING: ReadonlySet<Phase> = new Set<Phase>(["load", "kernel", "rc"]);

/** Begins in `load`. The phases of the boot also share one budget, which runs from here. */
export function startPhaseClock(budgets: Budgets, alarms: PhaseAlarms): PhaseClock {
  const startedMs = performance.now();
  let phase: Phase = "load";
  let timer: NodeJS.Timeout | undefined;
  const enter = (next: Phase): void => {
    clearTimeout(timer);
    phase = next;
    const ownMs = budgets.phasesMs[next];
    const leftMs = BOOTING.has(next) ? budgets.bootMs - (performance.now() - startedMs) : ownMs;
    alarms.entered(next, ownMs);
    timer = setTimeout(() => alarms.expired(next, ownMs), Math.max(0, Math.min(ownMs, leftMs)));
  };
  enter(phase);
  return {
    get phase() {
      return phase;
    },
    enter,
    stop: () => clearTimeout(timer),
  };
}
