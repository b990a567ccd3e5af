/**
 * A column's plan, changed so that its machine can be saved, or resumes from a saved one.
 */
import { join } from "node:path";
import type { SavedMachine } from "../../machine/machine.js";
import { requireCheckpoints } from "../../machine/no-checkpoints.js";
import { hypervisorOf } from "../../run/host-facts.js";
import type { ColumnPlan, RunPlan } from "../../run/plan.js";

/** @throws LaneError `checkpoint-unsupported` (usage) */
export function planSavable({ facts }: RunPlan, plan: ColumnPlan): ColumnPlan {
  const hypervisor = hypervisorOf(facts.hypervisor);
  requireCheckpoints(hypervisor);
  const memoryFile = join(plan.folder, "memory");
  const machine = { ...plan.machine, memoryFile };
  const staging = { ...plan.staging, staged: [...plan.staging.staged, memoryFile] };
  return { ...plan, machine, staging, argv: hypervisor.argv(machine) };
}

/**
 * Its disk is a new overlay over the one that was kept.
 *
 * @throws LaneError `checkpoint-unsupported` (usage)
 */
export function planRestored(
  { facts }: RunPlan,
  plan: ColumnPlan,
  saved: SavedMachine,
): ColumnPlan {
  const hypervisor = hypervisorOf(facts.hypervisor);
  requireCheckpoints(hypervisor);
  const machine = { ...plan.machine, saved };
  const { disk, start } = plan.staging;
  const [kept] = saved.disks;
  const staging =
    disk && kept !== undefined
      ? {
          ...plan.staging,
          disk: { ...disk, base: { path: kept, format: disk.format }, edits: [] },
          ...(start ? { start: { path: start.path, files: [], variables: {} } } : {}),
        }
      : plan.staging;
  return { ...plan, machine, staging, argv: hypervisor.argv(machine) };
}
