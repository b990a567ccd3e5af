/**
 * The command lines of bhyve(8), bhyveload(8) and bhyvectl(8) for a {@link MachineSpec}, as data.
 *
 *     com1  standard input and output: the console
 *     com2  a TCP port of the loopback address on which bhyve listens: the agent's channel
 *     slot 2  the virtio-console port, see `port.ts`
 */
import { join } from "node:path";
import { LaneError } from "../../base/errors.js";
import { LOOPBACK } from "../../host/free-port.js";
import type { DiskBoot, MachineSpec } from "../machine.js";
import { portDevice } from "./port.js";

/** What bhyve is on this host, as `findBhyve` saw it. */
export interface BhyveHost {
  /** Such as `FreeBSD 15.0-STABLE`. */
  readonly version: string;
  readonly bhyve: string;
  readonly bhyveload: string;
  readonly bhyvectl: string;
  /** The words that go before a command which only root may run; empty where none are needed. */
  readonly asRoot: readonly string[];
  /** The folder in which each virtual machine has a node: `/dev/vmm`. */
  readonly vmmFolder: string;
  /** The boot ROM for UEFI: `/usr/local/share/uefi-firmware/BHYVE_UEFI.fd` of the package edk2-bhyve. */
  readonly bootRom: string;
  /** How many processors vmm gives one machine. */
  readonly maxCpus: number;
  /** Whether ACPI tables, which the power button needs, have to be asked for. Newer bhyves always make them. */
  readonly asksForAcpi: boolean;
  /** Whether a serial port can be a TCP port. Where it cannot, com2 leads nowhere. */
  readonly hasTcpSerial: boolean;
  /** Whether a virtio-console port can be had, and its socket be used by this user. */
  readonly hasPorts: boolean;
}

/** In a plan: any free port. The port is picked when the machine starts. */
export const ANY_PORT = 0;

/** The highest PCI slot for a disk; 31 is the LPC bridge's. */
const FIRST_DISK_SLOT = 4;
const LAST_DISK_SLOT = 30;

/** vmm takes up to 229 characters of a name since FreeBSD 13; the end of ours is what makes it unique. */
const NAME_LIMIT = 200;

/** The machine's name as vmm takes it. */
export function vmName(spec: MachineSpec): string {
  return spec.name
    .replaceAll(/[^\w.-]/g, "-")
    .slice(-NAME_LIMIT)
    .replace(/^-+/, "");
}

/** What exists as long as the machine is in the host's kernel. */
export function nodeOf(host: BhyveHost, spec: MachineSpec): string {
  return join(host.vmmFolder, vmName(spec));
}

/** @example destroyArgs(host, spec) // ["bhyvectl", "--vm=twq", "--destroy"] */
export function destroyArgs(host: BhyveHost, spec: MachineSpec): readonly string[] {
  return [...host.asRoot, host.bhyvectl, `--vm=${vmName(spec)}`, "--destroy"];
}

/** One command a processor: bhyvectl(8) interrupts one at a time. */
export function injectNmiArgs(host: BhyveHost, spec: MachineSpec): readonly (readonly string[])[] {
  const vm = `--vm=${vmName(spec)}`;
  return Array.from({ length: spec.cpus }, (_, cpu) => {
    return [...host.asRoot, host.bhyvectl, vm, `--cpu=${cpu}`, "--inject-nmi"];
  });
}

/**
 * The loader that runs on the host, reads the kernel from the first disk and leaves it in the machine's memory.
 *
 * @returns `undefined` for a machine with a boot ROM, which loads by itself
 * @throws LaneError `bhyve-unbootable` (usage)
 */
export function loaderArgs(host: BhyveHost, spec: MachineSpec): readonly string[] | undefined {
  if (checkedBoot(spec).firmware === "uefi") return undefined;
  checkedDisks(spec);
  const { path } = spec.disks[0]!;
  return [...host.asRoot, host.bhyveload, "-m", memory(spec), "-d", path, vmName(spec)];
}

/**
 * @param port the TCP port of com2
 * @param debugPort where the debugger is waited for, if it is to be
 * @throws LaneError `bhyve-unbootable` (usage)
 */
export function bhyveArgs(
  host: BhyveHost,
  spec: MachineSpec,
  port: number,
  debugPort: number = ANY_PORT,
): readonly string[] {
  const { firmware } = checkedBoot(spec);
  const disks = checkedDisks(spec);
  return [
    ...[...host.asRoot, host.bhyve],
    ...(host.asksForAcpi ? ["-A"] : []),
    // Idle and spinning processors are given back to the host; the clock is UTC, as FreeBSD and Linux guests take it.
    ...["-H", "-P", "-u"],
    ...["-c", String(spec.cpus), "-m", memory(spec)],
    ...["-s", "0,hostbridge", "-s", "31,lpc"],
    // The guest's entropy must not be what a boot waits for.
    ...["-s", "1,virtio-rnd"],
    ...(spec.hasPort ? ["-s", portDevice(spec)] : []),
    ...disks.flatMap((disk, index) => ["-s", `${FIRST_DISK_SLOT + index},virtio-blk,${disk}`]),
    ...["-l", "com1,stdio"],
    ...(host.hasTcpSerial ? ["-l", `com2,tcp=${LOOPBACK}:${port}`] : []),
    ...(firmware === "uefi" ? ["-l", `bootrom,${host.bootRom}`] : []),
    // `w`: the guest's first instruction waits until the debugger says so.
    ...(spec.waitsForDebugger ? ["-G", `w${LOOPBACK}:${debugPort}`] : []),
    ...[...spec.extraArgs, vmName(spec)],
  ];
}

/** The size must be the same for the loader and for bhyve (bhyve(8), `-m`). */
function memory(spec: MachineSpec): string {
  return `${spec.memoryMiB}M`;
}

function checkedBoot(spec: MachineSpec): DiskBoot {
  if (spec.boot.kind === "disk" && spec.disks.length > 0) return spec.boot;
  throw unbootable(
    "bhyve boots from a disk, found a kernel that is to be loaded directly",
    "use --hypervisor qemu",
  );
}

/** Each with its options, as bhyve(8) takes them. */
function checkedDisks(spec: MachineSpec): readonly string[] {
  if (spec.disks.length > LAST_DISK_SLOT - FIRST_DISK_SLOT + 1) {
    throw unbootable(`found ${spec.disks.length} disks, bhyve has slots for 27`, "use fewer disks");
  }
  return spec.disks.map(({ path, format, sectorBytes = 512 }) => {
    if (format !== "raw") {
      throw unbootable(
        `bhyve reads raw disks only, found ${path} in ${format}`,
        "give a raw image",
      );
    }
    // bhyve ends a path at a comma and expands %(…) in it; neither can be written in another way (bhyve_config(5)).
    const size = sectorBytes === 512 ? "" : `,sectorsize=${sectorBytes}`;
    if (!path.includes(",") && !path.includes("%(")) return `${path}${size}`;
    throw unbootable(
      `bhyve cannot be given a path with a comma or "%(" in it, found ${path}`,
      "put the runs elsewhere with --out",
    );
  });
}

function unbootable(message: string, hint: string): LaneError {
  return new LaneError("bhyve-unbootable", message, { hint });
}
