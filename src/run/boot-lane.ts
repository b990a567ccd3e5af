/**
 * A lane's kernel booted for a person at its console: no verdict, no deadlines, and nothing is left when the machine is gone.
 */
import { mkdirSync } from "node:fs";
import { withDiskErrors } from "../host/disk-errors.js";
import { openHold } from "../host/ledger.js";
import { refuseFailedEnd } from "../machine/failed-end.js";
import { settledEnd } from "../machine/settle-end.js";
import type { Machine, MachineEnd } from "../machine/machine.js";
import type { ColumnPlan } from "./plan.js";
import type { RunRequest } from "../lane/request.js";
import { guestOf, hypervisorOf } from "./host-facts.js";
import { openPowerOffSign } from "./power-off-sign.js";
import { planLane } from "./run-lane.js";

export interface LaneBootListener {
  readonly notice: (sentence: string) => void;
  readonly planned: (plan: ColumnPlan) => void;
  /** The machine runs; it is ended when this settles. */
  readonly running: (machine: Machine) => Promise<void>;
}

/**
 * FreeBSD guests come up to their login prompt; the agent is there and is started by `service kernlane onestart`. Linux guests
 * have no users of their own: they run the probe and power off.
 *
 * @param request of one column, in the mode `interactive`
 * @returns how the machine ended
 * @throws LaneError those of planning, staging and starting
 */
export async function bootLane(
  request: RunRequest,
  listener: LaneBootListener,
  signal: AbortSignal,
): Promise<MachineEnd> {
  const { notice } = listener;
  const run = await planLane(request, { signal, listener: { notice } });
  const plan = run.columns[0]!;
  const hypervisor = hypervisorOf(run.facts.hypervisor);
  listener.planned(plan);
  // A new folder, for it goes with all that is in it.
  withDiskErrors(run.folder, () => mkdirSync(run.folder, { mode: 0o700 }));
  await using hold = await openHold(
    plan.machine.name,
    [run.folder],
    hypervisor.heldVms(plan.machine),
  );
  withDiskErrors(plan.folder, () => mkdirSync(plan.folder));
  await guestOf(request).stage(plan.staging, signal);
  signal.throwIfAborted();
  await using machine = await hypervisor.start(plan.machine);
  hold.follow(machine);
  const sign = openPowerOffSign();
  machine.console.on("data", (bytes: Buffer) => sign.console(bytes));
  machine.channel.resume();
  await listener.running(machine);
  const end = settledEnd(await machine.stop(), sign.seen);
  refuseFailedEnd(end);
  return end;
}
