/**
 * How long each phase may take.
 */
import type { Guest } from "../guests/guest.js";
import type { MachineSpec } from "../machine/machine.js";
import { limits } from "../protocol/limits.js";
import type { Phase } from "./events.js";
import type { RunRequest } from "../lane/request.js";

export interface Budgets {
  readonly phasesMs: Readonly<Record<Phase, number>>;
  /** For the boot as a whole, from the start of the machine to the agent's first word. */
  readonly bootMs: number;
  /** The agent's own deadline in the guest: shorter than the probe's budget here, so that it can still say so. */
  readonly guestDeadlineMs: number;
}

/** A copy of a disk of 100 GiB on a slow laptop; without a copy it is a second. */
const STAGE_MS = 30 * 60_000;
const PROBE_MS = 60_000;
const POWER_OFF_MS = 15_000;
/** What the agent may take to end steps that hang: as long as it waits for them itself, and a little more. */
const LAST_STEPS_MS = 5_000;

/** How much slower a guest may be where every instruction is translated. */
const TCG_STRETCH = 3;

export function planBudgets(
  guest: Guest,
  accel: MachineSpec["accel"],
  request: RunRequest,
): Budgets {
  if (request.mode === "debug") return withoutEnd();
  const stretch = accel === "tcg" ? TCG_STRETCH : 1;
  const usual = guest.bootBudgetsMs;
  const usualBootMs = (usual.load + usual.kernel + usual.rc) * stretch;
  const bootMs = request.bootTimeoutMs ?? usualBootMs;
  // A time-out that was asked for is the boot's as a whole: no phase of it ends earlier.
  const part = (ms: number): number => request.bootTimeoutMs ?? ms * stretch;
  // Each call of a live guest has a deadline of its own; the guest is there as long as somebody wants it.
  const probeMs =
    request.mode === "live" ? limits.deadlineMs : (request.probeTimeoutMs ?? PROBE_MS * stretch);
  return {
    phasesMs: {
      stage: STAGE_MS,
      load: part(usual.load),
      kernel: part(usual.kernel),
      rc: part(usual.rc),
      probe: probeMs,
      "power-off": request.powerOffTimeoutMs ?? POWER_OFF_MS * stretch,
    },
    bootMs,
    guestDeadlineMs: guestDeadlineMs(probeMs),
  };
}

/**
 * The agent's own deadline: before the phase's, so that it can still say where the steps under way were and power off; but a short
 * budget is left to the steps.
 */
function guestDeadlineMs(probeMs: number): number {
  const early = Math.min(probeMs * 0.9, probeMs - LAST_STEPS_MS);
  return Math.max(1, Math.floor(Math.max(early, probeMs / 2)));
}

/** As long as the agent can be told, which is a day: a guest that is forgotten in a debugger ends one day. */
function withoutEnd(): Budgets {
  const { deadlineMs } = limits;
  return {
    phasesMs: {
      stage: STAGE_MS,
      load: deadlineMs,
      kernel: deadlineMs,
      rc: deadlineMs,
      probe: deadlineMs,
      "power-off": deadlineMs,
    },
    bootMs: deadlineMs,
    guestDeadlineMs: deadlineMs,
  };
}
