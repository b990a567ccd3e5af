/**
 * QEMU: a {@link MachineSpec} in, argv and the meaning of its end out.
 */
import type { Hypervisor, MachineSpec, SmbiosVariables } from "../machine.js";
import { qemuArgs } from "./args.js";
import { startQemu } from "./checkpoint.js";
import { findUefiFirmware, type FirmwareSearch } from "./firmware.js";

/** Of the machine `pc`, seen with SeaBIOS and OVMF; versions and the firmware's own names differ. */
const smbios: SmbiosVariables = {
  values: {
    "smbios.system.maker": "QEMU",
    "smbios.system.product": "Standard PC (i440FX + PIIX, 1996)",
    "smbios.chassis.maker": "QEMU",
    "smbios.chassis.type": "Other",
  },
  areAll: false,
};

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
    startsKernels: true,
    smbios: { bios: smbios, uefi: smbios },
    diskFormat: "qcow2",
    // The end of the process is the end of the machine.
    heldVms: () => [],
    argv: (spec) => [argv(spec)],
    start: (spec) => startQemu(argv(spec), spec),
  };
}
