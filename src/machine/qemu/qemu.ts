/**
 * QEMU: a {@link MachineSpec} in, argv and the meaning of its end out.
 */
import type { Hypervisor, MachineSpec } from "../machine.js";
import { qemuArgs } from "./args.js";
import { startQemu } from "./checkpoint.js";
import { findUefiFirmware } from "./firmware.js";

/** @example openQemu("qemu-system-x86_64").argv(spec) */
export function openQemu(binary: string, firmware = findUefiFirmware(binary)): Hypervisor {
  const argv = (spec: MachineSpec): readonly string[] => [binary, ...qemuArgs(spec, firmware)];
  return {
    name: "qemu",
    hasChannel: true,
    canHavePort: true,
    diskFormat: "qcow2",
    // The end of the process is the end of the machine.
    heldVms: () => [],
    argv: (spec) => [argv(spec)],
    start: (spec) => startQemu(argv(spec), spec),
  };
}
