/**
 * Keeps a machine whose kernel has died, so that it can be brought back as it stood (`autopsy.ts`).
 */
import { randomUUID } from "node:crypto";
import { renameSync, rmSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { requireSpace } from "../../host/free-space.js";
import { openHold } from "../../host/ledger.js";
import { makeFolder } from "../../host/make-folder.js";
import type { Machine, MachineSpec } from "../../machine/machine.js";
import { placesIn } from "../../machine/saved-places.js";
import type { ColumnPlan, RunPlan } from "../plan.js";
import { spaceOf } from "../space-of.js";
import { describeFrozen, FROZEN_FOLDER, type FrozenDescription } from "./description.js";

/** Processors and devices, and the description. */
const STATE_BYTES = 2 * 1024 ** 2;

export interface Freezing {
  readonly run: RunPlan;
  readonly plan: ColumnPlan;
  readonly machine: Machine;
}

/** What is going to be written, about, in bytes. */
export async function frozenBytes({ machine }: Freezing): Promise<number> {
  return ((await machine.savedBytes?.()) ?? 0) + STATE_BYTES;
}

/**
 * Into the column's folder; what an earlier one left there goes.
 *
 * @returns its size, of disk space
 * @throws LaneError `disk-full`, `checkpoint-failed` (host); nothing is left of it then
 */
export async function freezeGuest(freezing: Freezing): Promise<number> {
  const { plan, machine } = freezing;
  const folder = join(plan.folder, FROZEN_FOLDER);
  const partial = `${folder}.${randomUUID()}`;
  const hold = await openHold(`a frozen guest of ${plan.machine.name}`, [partial]);
  try {
    const neededBytes = await frozenBytes(freezing);
    requireSpace({
      folder: plan.folder,
      neededBytes,
      why: "for the frozen guest",
      hint: "free some space, or name another place with --out",
    });
    makeFolder(partial);
    await machine.save!(placesIn(partial, plan.machine.disks.length));
    describeFrozen(partial, describe(freezing));
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } finally {
    await hold[Symbol.asyncDispose]();
  }
  return spaceOf(folder);
}

function describe({ run, plan }: Freezing): Omit<FrozenDescription, "schema" | "files"> {
  const { facts, request } = run;
  const { path, identity, origin, slot } = plan.file;
  const { image, root } = request;
  return {
    frozenAt: new Date().toISOString(),
    guest: plan.guest,
    hypervisor: facts.hypervisorVersion,
    processor: processorFor(plan.machine.accel),
    machine: describeMachine(plan.machine),
    bases: plan.staging.disk ? [identityOf(plan.staging.disk.base.path)] : [],
    kernel: { path, identity, origin, slot },
    symbols: [...plan.symbols.given],
    image,
    root,
  };
}

/** The host's processor, where the guest has it as it is. */
export function processorFor(accel: MachineSpec["accel"]): string {
  return accel === "tcg" ? "emulated" : (cpus()[0]?.model ?? "unknown");
}

function describeMachine(spec: MachineSpec): FrozenDescription["machine"] {
  const { name, arch, cpus: count, memoryMiB, accel, boot, hasPort = false, disks } = spec;
  return {
    ...{ name, arch, cpus: count, memoryMiB, hasPort },
    accel: accel as FrozenDescription["machine"]["accel"],
    ...(boot.kind === "disk" ? { firmware: boot.firmware } : {}),
    disks: disks.map(({ format, sectorBytes }) => ({ format, sectorBytes })),
  };
}

/** As it is now. */
export function identityOf(path: string): FrozenDescription["bases"][number] {
  const { size, mtimeMs } = statSync(path);
  return { path, sizeBytes: size, mtimeMs };
}
