/**
 * The command that starts a machine under QEMU.
 *
 * Connected sockets are inherited at fixed descriptors instead of being named by paths: nothing has to be waited
 * for, nothing is left behind, and no path can be too long for a unix socket.
 *
 *     3  com1, the console      4  com2, the agent's channel      5  QMP      6  the virtio-serial port
 *
 * The state that a saved machine resumes from is an open file behind them (`checkpoint.ts`).
 */
import { PORT_NAME } from "../../base/port-name.js";
import type { Disk, MachineSpec } from "../machine.js";
import { requireUefiFirmware, type FirmwareFile, type FirmwareSearch } from "./firmware.js";

const CONSOLE_FD = 3;
const CHANNEL_FD = 4;
const QMP_FD = 5;
const PORT_FD = 6;

/** How many sockets {@link qemuArgs} reckons with. */
export function socketCount({ hasPort }: MachineSpec): number {
  return hasPort ? 4 : 3;
}

/**
 * Pure: the same words for the same machine.
 *
 * @throws LaneError `uefi-firmware-missing` (host) for a machine that boots by UEFI on a host without firmware for it
 */
export function qemuArgs(spec: MachineSpec, firmware: FirmwareSearch): readonly string[] {
  return [
    ...["-name", spec.name],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...endArgs(spec),
    ...memoryArgs(spec),
    ...["-accel", spec.accel],
    ...(spec.accel === "tcg" ? [] : ["-cpu", "host"]),
    ...["-smp", String(spec.cpus), "-m", `${spec.memoryMiB}M`],
    // The guest's entropy must not be what a boot waits for.
    ...[
      "-object",
      "rng-random,id=rng0,filename=/dev/urandom",
      "-device",
      "virtio-rng-pci,rng=rng0",
    ],
    ...["-chardev", `socket,id=com1,fd=${CONSOLE_FD}`, "-serial", "chardev:com1"],
    ...["-chardev", `socket,id=com2,fd=${CHANNEL_FD}`, "-serial", "chardev:com2"],
    ...["-chardev", `socket,id=qmp,fd=${QMP_FD}`, "-mon", "chardev=qmp,mode=control"],
    ...(spec.hasPort ? portArgs() : []),
    ...spec.disks.flatMap(diskArgs),
    ...bootArgs(spec, firmware),
    // Which state comes is said over QMP, after the capabilities that it was saved with.
    ...(spec.saved ? ["-incoming", "defer"] : []),
    // The debugger's port is picked and opened over QMP.
    ...(spec.waitsForDebugger ? ["-S"] : []),
    ...spec.extraArgs,
  ];
}

/**
 * A reset ends the machine: what comes after it would be another boot, and perhaps another kernel. Where it is to be held, what would end it stops
 * its processors, and a kernel that can (Linux with FW_CFG_SYSFS) says where a reader of its memory finds what it needs (vmcoreinfo).
 */
function endArgs({ holdsAtReset }: MachineSpec): readonly string[] {
  if (!holdsAtReset) return ["-no-reboot"];
  return ["-action", "reboot=shutdown,shutdown=pause", "-device", "vmcoreinfo"];
}

/** Only a device of its own can be given another size of sectors. */
function diskArgs(disk: Disk, index: number): readonly string[] {
  const { path, format, sectorBytes = 512, mayFail = false } = disk;
  const onErrors = mayFail ? ",werror=report" : "";
  const drive = `file=${escaped(path)},format=${format},cache=unsafe${onErrors}`;
  if (sectorBytes === 512) return ["-drive", `${drive},if=virtio`];
  const sectors = `logical_block_size=${sectorBytes},physical_block_size=${sectorBytes}`;
  return [
    ...["-drive", `${drive},if=none,id=disk${index}`],
    ...["-device", `virtio-blk-pci,drive=disk${index},${sectors}`],
  ];
}

/**
 * A machine that can be saved shares its memory with a file; one that was restored maps the file that was kept, and what it
 * writes is its own: copy on write, so that all that were restored from it share what none has written.
 */
function memoryArgs({ memoryFile, saved, memoryMiB }: MachineSpec): readonly string[] {
  const path = memoryFile ?? saved?.memory;
  if (path === undefined) return ["-machine", "pc"];
  const share = memoryFile === undefined ? "off" : "on";
  return [
    "-object",
    `memory-backend-file,id=ram,size=${memoryMiB}M,mem-path=${escaped(path)},share=${share}`,
    ...["-machine", "pc,memory-backend=ram"],
  ];
}

/** A guest that polls until its output is taken (FreeBSD's) is served by its own thread, and has not to wait for another of QEMU's. */
function portArgs(): readonly string[] {
  return [
    ...["-chardev", `socket,id=port,fd=${PORT_FD}`, "-device", "virtio-serial-pci,ioeventfd=off"],
    ...["-device", `virtserialport,chardev=port,name=${PORT_NAME}`],
  ];
}

function bootArgs({ boot }: MachineSpec, search: FirmwareSearch): readonly string[] {
  if (boot.kind === "direct") {
    const { kernel, initrd, commandLine } = boot;
    return [
      ...["-kernel", kernel],
      ...(initrd === undefined ? [] : ["-initrd", initrd]),
      ...(commandLine === undefined ? [] : ["-append", commandLine]),
    ];
  }
  if (boot.firmware === "bios") return [];
  const { code, vars } = requireUefiFirmware(search);
  if (vars === undefined) return ["-bios", code.path];
  // The variables are this machine's own: what it writes goes into a file without a name, and the template stays as it is.
  return [...flashArgs(code, "readonly=on"), ...flashArgs(vars, "snapshot=on")];
}

function flashArgs({ path, format }: FirmwareFile, mode: string): readonly string[] {
  return ["-drive", `if=pflash,format=${format},${mode},file=${escaped(path)}`];
}

/** A comma ends an option's value unless it is doubled. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
