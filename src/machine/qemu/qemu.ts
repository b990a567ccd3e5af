/**
 * QEMU: a {@link MachineSpec} in, argv and the meaning of its end out.
 */
import type { Hypervisor, MachineSpec } from "../machine.js";
import { qemuArgs } from "./args.js";
import { startQemu } from "./checkpoint.js";
import { findUefiFirmware, type FirmwareSearch } from "./firmware.js";

/** @example openQemu("qemu-system-x86_64").argv(spec) */
export function openQemu(binary: string, firmware?: FirmwareSearch): Hypervisor {
  const argv = (spec: MachineSpec): readonly string[] => {
    // The search reads many folders: machines that need none do without.
    const isUefi = spec.boot.kind === "disk" && spec.boot.firmware === "uefi";
    const found = firmware ?? (isUefi ? findUefiFirmware(binary) : { lookedIn: [] });
    return [binary, ...qemuArgs(spec, found)];
  };
  return {
    name: "qemu",
    hasChannel: true,
    canHavePort: true,
    needsBootCode: true,
    diskFormat: "qcow2",
    // The end of the process is the end of the machine.
    heldVms: () => [],
    argv: (spec) => [argv(spec)],
    start: (spec) => startQemu(argv(spec), spec),
  };
}
