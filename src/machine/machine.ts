/**
 * A machine, said without naming a hypervisor, and the contract that each hypervisor keeps.
 *
 * A guest family says which {@link MachineSpec} it needs; a {@link Hypervisor} turns it into argv and, once started,
 * into a {@link Machine} whose end has one of the meanings of {@link MachineEnd}. The two meet in `run/plan.ts`.
 */
import type { Duplex } from "node:stream";
import type { ErrorCode } from "../base/errors.js";
import type { HeldVm } from "../host/ledger.js";

export interface MachineSpec {
  /** Unique on this host; process lists and hypervisors show it. bhyve takes no `/` in it. */
  readonly name: string;
  readonly arch: "amd64";
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly boot: DirectBoot | DiskBoot;
  readonly disks: readonly Disk[];
  readonly accel: "kvm" | "hvf" | "tcg" | "vmm";
  /** Whether it has a virtio-serial port named `PORT_NAME` (base/port-name.ts), besides com2. Default false. */
  readonly hasPort?: boolean;
  /**
   * A new file for the guest's memory, so that the machine can be saved; it is gone from its folder once the machine has
   * started. Absent: the machine cannot be saved.
   */
  readonly memoryFile?: string;
  /** What the machine resumes from, with the disks that belong to it, instead of booting. */
  readonly saved?: SavedMachine;
  /** Whether the guest's first instruction, or the one it resumes with, waits for a debugger, see {@link Machine.debugPort}. Default false. */
  readonly waitsForDebugger?: boolean;
  /** Whether a guest that resets is held instead, see {@link Machine.held}. A power-off ends the machine as ever. Default false. */
  readonly holdsAtReset?: boolean;
  /** Extra arguments of the user's own, handed to the hypervisor as they are. */
  readonly extraArgs: readonly string[];
}

/** The hypervisor itself loads the kernel. */
export interface DirectBoot {
  readonly kind: "direct";
  readonly kernel: string;
  readonly initrd?: string;
  readonly commandLine?: string;
}

/** Firmware, then the loader on the first disk. */
export interface DiskBoot {
  readonly kind: "disk";
  readonly firmware: "bios" | "uefi";
}

/** What firmware says of a machine, as variables of FreeBSD's loader: `smbios.system.maker`. */
export interface SmbiosVariables {
  /** Those that are the same in every version of the hypervisor and its firmware. */
  readonly values: Readonly<Record<string, string>>;
  /** Whether there are no others. */
  readonly areAll: boolean;
}

export interface Disk {
  readonly path: string;
  readonly format: "raw" | "qcow2";
  /** Of the sectors that the guest sees. Default 512. */
  readonly sectorBytes?: 512 | 4096;
  /** Whether a write that the host refuses is the guest's to deal with, instead of the machine's end. Default false. */
  readonly mayFail?: true;
}

/** Where a saved machine lies. The files are only read when a machine resumes from them, and any number can. */
export interface SavedMachine {
  /** As long as the guest's memory; what is zeros takes no space. */
  readonly memory: string;
  /** Processors and devices. */
  readonly state: string;
  /** The disks as they were at that moment, in the order of {@link MachineSpec.disks}; each is to be written to in an overlay. */
  readonly disks: readonly string[];
}

/** How a machine ended, as the hypervisor knows it. What that means for a run is judged in `run/judge.ts`. */
export interface MachineEnd {
  readonly how:
    | "powered-off" // the guest switched itself off
    | "halted" // the guest stopped its processors and left the machine on
    | "reset" // the guest reset itself; it was not restarted
    | "crashed" // the guest died under the hypervisor: triple fault, guest-panic
    | "stopped" // we ended it
    | "vanished" // somebody else ended it
    | "failed"; // the hypervisor itself failed
  /** The hypervisor's own words for it, in one line. */
  readonly detail: string;
  /** All that it said, line by line, where that is more than one. */
  readonly said?: readonly string[];
  /** Of a failure whose words are understood. */
  readonly failure?: MachineFailure;
  /** Of a failure that ends as a power-off does: it was one if the guest said so itself, see `settledEnd` (settle-end.ts). */
  readonly mayBePowerOff?: true;
}

/** Why a hypervisor failed: the error that it is, and what to do about it. */
export interface MachineFailure {
  readonly code: ErrorCode;
  /** Default: the hint of the code. */
  readonly hint?: string | undefined;
}

export interface DumpProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface WrittenDump {
  /** The hypervisor's name for it. */
  readonly format: string;
  /** Whether the kernel has said what a reader of its memory needs to know; drgn reads no dump without it. */
  readonly hasVmcoreinfo: boolean;
}

export interface Machine extends AsyncDisposable {
  /** The process that runs the machine now. */
  readonly pid: number;
  /** Called with each process that runs it, also one that was started before: bhyve's loader and bhyve itself follow one another. */
  onProcess(listener: (pid: number) => void): void;
  /** com1: what the guest prints, as it came; what is written is typed. */
  readonly console: Duplex;
  /** com2: the agent's channel. */
  readonly channel: Duplex;
  /** The virtio-serial port, where the machine has one: the agent takes it or com2, and is heard on both. */
  readonly port?: Duplex;
  /** How many bytes may be on their way to it, where the hypervisor has less room for them than the guest. */
  readonly portWindowBytes?: number;
  /**
   * The port of the loopback address on which the debugger is waited for (GDB's remote protocol), once it is; `undefined` when
   * the machine ended before. There where {@link MachineSpec.waitsForDebugger} was asked for.
   */
  readonly debugPort?: Promise<number | undefined>;
  /** Settles when the machine is gone and both serial ports have been read to the end. Never rejects. */
  readonly ended: Promise<MachineEnd>;
  /** A break on com1, where the hypervisor can: what a kernel takes for the attention key in front of a command to itself. */
  readonly sendBreak?: () => Promise<void>;
  /** A non-maskable interrupt on every cpu: asks a hung kernel where it is. */
  injectNmi(): Promise<void>;
  /**
   * Writes the machine into new files, and lets it go on if it ran. There where {@link MachineSpec.memoryFile} was given.
   *
   * @throws LaneError `checkpoint-failed` (host) with the hypervisor's words; what was written is the caller's to remove
   */
  readonly save?: (to: SavedMachine) => Promise<void>;
  /** How much disk space that takes, about. There where {@link MachineSpec.memoryFile} was given. */
  readonly savedBytes?: () => Promise<number>;
  /**
   * Settles when the guest has reset, or has died under the hypervisor: its processors stand still and its memory is as it was
   * left, until {@link Machine.stop}. There where {@link MachineSpec.holdsAtReset} was asked for.
   */
  readonly held?: Promise<void>;
  /** Stops the guest's processors: from here on nothing of it changes. There where {@link MachineSpec.holdsAtReset} was asked for. */
  readonly pause?: () => Promise<void>;
  /**
   * Writes the guest's memory into a new file, compressed, as crash(8) and drgn read it. The guest stands still meanwhile. There
   * where {@link MachineSpec.holdsAtReset} was asked for.
   *
   * @param told called now and then with how much of the memory was written
   * @throws LaneError `dump-failed` (host) with the hypervisor's words; what was written is the caller's to remove
   */
  readonly dumpMemory?: (
    to: string,
    told?: (progress: DumpProgress) => void,
  ) => Promise<WrittenDump>;
  /** Presses the power button. */
  pressPower(): Promise<void>;
  /** Ends the machine now. */
  stop(): Promise<MachineEnd>;
}

export interface Hypervisor {
  readonly name: "qemu" | "bhyve";
  /** Whether com2 leads to {@link Machine.channel}. Where it does not, what the guest writes there is lost. */
  readonly hasChannel: boolean;
  /** How many processors a machine can have here, and what says so; absent where nothing but the config limits it. */
  readonly cpuLimit?: { readonly count: number; readonly from: string };
  /** Whether its machines can have a virtio-serial port. */
  readonly canHavePort: boolean;
  /** Whether what the guest writes to the port may be lost: then only who can ask again uses it. Default false. */
  readonly portMayLose?: boolean;
  /** Whether it can start a kernel itself, see {@link DirectBoot}. */
  readonly startsKernels: boolean;
  /** Why its machines cannot be saved and restored; absent where they can. */
  readonly whyNoCheckpoints?: string;
  /** Why its machines cannot be held at their end, nor their memory written; absent where they can. */
  readonly whyNotHeld?: string;
  /** Whether a disk is booted by its own code under a BIOS; where not, the hypervisor's loader reads the kernel from the file system. */
  readonly needsBootCode: boolean;
  /** What its machines are called, by firmware. */
  readonly smbios: Readonly<Record<DiskBoot["firmware"], SmbiosVariables>>;
  /** What it boots a disk from without a copy of the whole base image, where it can. */
  readonly diskFormat: Disk["format"];
  /** The commands that start the machine, in order; pure, and shown by `kernlane plan`. */
  argv(spec: MachineSpec): readonly (readonly string[])[];
  /** What the host's kernel keeps when the processes are killed; entered in the ledger before the start. */
  heldVms(spec: MachineSpec): readonly HeldVm[];
  /**
   * @throws LaneError (host) when the machine cannot be started; `checkpoint-damaged` (host) when it cannot go on from what
   *   was saved
   */
  start(spec: MachineSpec): Promise<Machine>;
}
