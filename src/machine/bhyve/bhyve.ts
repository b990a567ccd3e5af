/**
 * bhyve: a {@link MachineSpec} in, the commands of `bhyve-args.ts` and a machine out.
 *
 * A virtual machine lives in the host's kernel and not in bhyve's process: it is destroyed before the start, in case an
 * earlier one of the same name was left, and whenever bhyve has ended, also after a reset, for it cannot be used again.
 */
import { accessSync, constants } from "node:fs";
import { LaneError } from "../../base/errors.js";
import {
  ANY_PORT,
  bhyveArgs,
  destroyArgs,
  loaderArgs,
  nodeOf,
  vmName,
  type BhyveHost,
} from "./args.js";
import { destroyVm } from "./destroy.js";
import { startBhyveMachine } from "./machine.js";
import type { Hypervisor, MachineSpec } from "../machine.js";
import { portFolder } from "./port.js";
import { requireCheckpoints } from "../no-checkpoints.js";
import { requireHolding } from "../not-held.js";

/**
 * A loader that finds no kernel waits at its prompt for ever. The console's marks and the lane's budget for the phase come
 * first; this is for whoever starts a machine without them.
 */
const LOAD_DEADLINE_MS = 300_000;

/** Source: src.conf(5), WITH_BHYVE_SNAPSHOT; the commit message of FreeBSD's 483d953a86a2 tells the limits. */
const WHY_NO_CHECKPOINTS =
  "bhyve saves virtual machines only where FreeBSD was built with BHYVE_SNAPSHOT, which is off unless asked for, and in a format that is still experimental";

const WHY_NOT_HELD =
  "bhyve destroys a virtual machine that resets, and does not write a guest's memory into a file";

/** bhyveload has no table of SMBIOS to read and sets one variable itself; bhyve makes a table for its boot ROM (smbiostbl.c). */
const smbios: Hypervisor["smbios"] = {
  bios: { values: { "smbios.bios.vendor": "BHYVE" }, areAll: true },
  uefi: {
    values: { "smbios.system.maker": "FreeBSD", "smbios.system.product": "BHYVE" },
    areAll: false,
  },
};

/** @example openBhyve(await findBhyve()).argv(spec) */
export function openBhyve(host: BhyveHost, loadDeadlineMs: number = LOAD_DEADLINE_MS): Hypervisor {
  return {
    name: "bhyve",
    hasChannel: host.hasTcpSerial,
    cpuLimit: { count: host.maxCpus, from: "sysctl hw.vmm.maxcpu" },
    canHavePort: host.hasPorts,
    // What comes while bhyve has no connection it drops.
    portMayLose: true,
    whyNoCheckpoints: WHY_NO_CHECKPOINTS,
    whyNotHeld: WHY_NOT_HELD,
    needsBootCode: false,
    startsKernels: false,
    smbios,
    diskFormat: "raw",
    argv: (spec) => {
      const loader = loaderArgs(host, spec);
      return [
        destroyArgs(host, spec),
        ...(loader ? [loader] : []),
        bhyveArgs(host, spec, ANY_PORT),
        destroyArgs(host, spec),
      ];
    },
    heldVms: (spec) => [
      {
        ...{ name: vmName(spec), node: nodeOf(host, spec), destroy: [...destroyArgs(host, spec)] },
        ...(spec.hasPort ? { folder: portFolder(spec) } : {}),
      },
    ],
    start: async (spec) => {
      if (spec.memoryFile !== undefined || spec.saved)
        requireCheckpoints({ whyNoCheckpoints: WHY_NO_CHECKPOINTS });
      if (spec.holdsAtReset) requireHolding({ whyNotHeld: WHY_NOT_HELD });
      requireParts(host, spec);
      await destroyVm(host, spec);
      return startBhyveMachine(host, spec, loadDeadlineMs);
    },
  };
}

/** A shell starts the programs, and would tell of a missing one by a status of its own. */
function requireParts(host: BhyveHost, spec: MachineSpec): void {
  const needsLoader = loaderArgs(host, spec) !== undefined;
  for (const program of [host.bhyve, host.bhyvectl, ...(needsLoader ? [host.bhyveload] : [])]) {
    if (isAllowed(program, constants.X_OK)) continue;
    throw new LaneError("program-missing", `${program} is missing or may not be executed`, {
      hint: "see `kernlane doctor`",
      facts: { program },
    });
  }
  if (needsLoader || isAllowed(host.bootRom, constants.R_OK)) return;
  throw new LaneError(
    "boot-rom-missing",
    `the boot ROM for UEFI guests is missing: ${host.bootRom}`,
    { facts: { path: host.bootRom } },
  );
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
