/**
 * The memory of a guest whose kernel has died, written by the hypervisor: for guests that leave no dump of their own.
 */
import { randomUUID } from "node:crypto";
import { renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { requireSpace } from "../host/free-space.js";
import { openHold } from "../host/ledger.js";
import type { DumpProgress, Machine } from "../machine/machine.js";
import type { ColumnPlan } from "./plan.js";
import type { DumpScene } from "./scene.js";

const DUMP_FILE = "vmcore";
const MIB = 1024 ** 2;

/** All of the memory, should none of it be compressible. */
export function dumpBytes({ machine }: Pick<ColumnPlan, "machine">): number {
  return machine.memoryMiB * MIB;
}

/**
 * @param hypervisor such as `QEMU 7.2.22`
 * @throws LaneError `disk-full`, `dump-failed` (host); nothing is left of the file then
 */
export async function dumpMachine(
  machine: Machine,
  plan: ColumnPlan,
  hypervisor: string,
  told: (progress: DumpProgress) => void,
): Promise<Omit<DumpScene, "symbols">> {
  const path = join(plan.folder, DUMP_FILE);
  const partial = `${path}.${randomUUID()}`;
  const hold = await openHold(`a dump of ${plan.machine.name}`, [partial, `${partial}.ordered`]);
  try {
    requireSpace({
      folder: plan.folder,
      neededBytes: dumpBytes(plan),
      why: "for a dump of the guest's memory",
      hint: "free some space, name another place with --out, or give the guest less memory",
    });
    const { format, hasVmcoreinfo } = await machine.dumpMemory!(partial, told);
    renameSync(partial, path);
    return {
      ...{ kind: "dump", guest: plan.guest, file: DUMP_FILE, bytes: statSync(path).size },
      complete: true,
      how: `written by ${hypervisor} as ${format}`,
      hasVmcoreinfo,
    };
  } finally {
    await hold[Symbol.asyncDispose]();
  }
}
