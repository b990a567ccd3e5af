/**
 * What differs by guest family, as one value a family: how a kernel file is known, what has to be in the guest, how it
 * is staged, and how the kernel that answered is compared with the one that was asked for.
 */
import type { GuestFamily } from "../base/family.js";
import type { DirectBoot, Disk, DiskBoot } from "../hypervisors/machine.js";

/** How a kernel names itself. Only what is known is there, and only that is compared. */
export interface KernelIdentity {
  /** The short name of the table's `booted` row: `6.1.0-9-amd64`, `TWQDEBUG`. */
  readonly label: string;
  /** uname's release. */
  readonly release?: string;
  /** uname's version. */
  readonly version?: string;
  /** FreeBSD's kern.ident. */
  readonly ident?: string;
}

export interface KernelFile {
  readonly path: string;
  readonly identity: KernelIdentity;
  /** Where it came from, for the plan: `given`, `of the running host`, `linux-image-cloud-amd64 from apt`. */
  readonly origin: string;
}

/** A file that is put into the guest. */
export interface GuestFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
  readonly why: string;
}

export interface StagingInput {
  readonly kernel: KernelFile;
  /** The folder of this column, which holds what is staged. */
  readonly folder: string;
  readonly files: readonly GuestFile[];
  readonly commandLine: string;
}

/** How a guest is going to be booted; known before anything is written. */
export interface StagingPlan {
  readonly boot: DirectBoot | DiskBoot;
  readonly disks: readonly Disk[];
  readonly input: StagingInput;
  /** Files of the column's folder that staging makes, and that go when the run is over. */
  readonly staged: readonly string[];
}

export interface Guest {
  readonly family: GuestFamily;
  /** Where the agent and its plan are found in the guest. */
  readonly agentPath: string;
  readonly planPath: string;
  /** The channel's devices in the guest, in order of preference. */
  readonly channelDevices: readonly string[];
  /** Budgets of the boot's phases, in ms, on a machine with hardware virtualisation. */
  readonly bootBudgetsMs: Readonly<Record<"load" | "kernel" | "rc", number>>;
  /**
   * @param mayFetch whether a kernel that is not on this host may be downloaded now; if not, it is named all the same
   * @throws LaneError (image, host) for a file that is no kernel of this family
   */
  findKernel(file: string, mayFetch: boolean): Promise<KernelFile>;
  /** Pure. */
  planStaging(input: StagingInput): StagingPlan;
  /** Writes what {@link StagingPlan} says. @throws LaneError (host) when the disk is full or the folder is not writable */
  stage(plan: StagingPlan): Promise<void>;
}

/** What the guest said of its kernel that contradicts `wanted`, as one clause; `undefined` when nothing does. */
export function contradiction(
  wanted: KernelIdentity,
  said: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const key of ["ident", "release", "version"] as const) {
    const expected = wanted[key];
    if (expected !== undefined && said[key] !== expected) {
      return `the guest's kernel says ${key} "${String(said[key])}", expected "${expected}"`;
    }
  }
  return undefined;
}
