/**
 * What differs by guest family, as one value a family: how a kernel file is known, what has to be in the guest, how it
 * is staged, and how the kernel that answered is compared with the one that was asked for.
 */
import type { GuestFamily } from "../base/family.js";
import type { SymbolAt } from "../console/stack.js";
import type { Edit } from "../disk/edits.js";
import type { DirectBoot, Disk, DiskBoot, Hypervisor } from "../machine/machine.js";

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
  /** FreeBSD's kern.bootfile: the file that the loader took, `/boot/TWQDEBUG/kernel`. */
  readonly bootfile?: string;
  /** FreeBSD's kern.build_id, which tells two builds of one commit apart; kernels before 14 do not say it. */
  readonly buildId?: string;
}

/** Which kernel a column is to boot. */
export interface KernelQuery {
  readonly column: string;
  /** A file of the host, or `auto`: the one that the guest has when nobody gives it another. */
  readonly file: string;
  /** Whether the modules that were built with it are wanted too. */
  readonly modules: boolean;
}

export interface KernelFile {
  /** A file of the host; of the guest, where the image's own kernel is meant. */
  readonly path: string;
  readonly identity: KernelIdentity;
  /** Where it came from, for the plan: `given`, `of the running host`, `linux-image-cloud-amd64 from apt`. */
  readonly origin: string;
  /** For guests that boot from a disk: the folder under /boot that it is put into; absent for the image's own kernel. */
  readonly slot?: string;
  /** Files of the host that go into the slot beside it. */
  readonly modules?: readonly string[];
  /** How much memory the machine needs for the kernel alone, where that is known. */
  readonly memoryBytes?: number;
  /** Names of its configuration's `options`, where it says so of itself. */
  readonly options?: readonly string[];
  /** Of a guest whose kernels have no driver for virtio-serial ports built in: the module that is one and fits, in the guest. */
  readonly portModule?: string;
}

/** A virtio-serial port as a guest's agent has it. */
export interface GuestPort {
  readonly device: string;
  /** Whether a write ends only once the host has it all, so that a kernel which dies next takes no answer with it. */
  readonly isSynchronous: boolean;
}

/**
 * When a probe runs in a guest that has an rc(8): instead of init(8), as soon as rc has mounted the file systems, or when
 * everything is up.
 */
export type ProbeMoment = "init" | "early" | "login";

/** How a FreeBSD kernel is started: by the hypervisor, or by the firmware and the loader of the guest's disk. */
export type BootWay = "direct" | "loader";

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
  /** The programs that steps start, by the names of the steps. Default: none. */
  readonly programs?: readonly { readonly step: string; readonly path: string }[];
  /** What the hypervisor boots without a copy of the whole disk. */
  readonly diskFormat: Disk["format"];
  readonly memoryMiB: number;
  /** Whether a kernel that dies is to leave its memory, see {@link Guest.keepDump}. Default false. */
  readonly dumps?: boolean;
  /** Whether the machine has a virtio-serial port for the agent, see {@link Guest.portFor}. Default false. */
  readonly hasPort?: boolean;
  /** Whether a disk is booted by its own code, and not by a loader of the hypervisor's. Default true. */
  readonly needsBootCode?: boolean;
  /** Whether the hypervisor can start a kernel itself. Default false. */
  readonly startsKernels?: boolean;
  /** What the machine will be called. Default: not known. */
  readonly smbios?: Hypervisor["smbios"];
  /** The agent's own deadline in the guest. */
  readonly guestDeadlineMs: number;
  /** Whether a guest with users of its own is left to them: the agent is there, and is not started. Default false. */
  readonly leavesAgentIdle?: boolean;
  /** Whether a panic stops in the kernel's debugger, where it has one: it is asked there. Default false. */
  readonly asksDebugger?: boolean;
  /** Unix time that what is put into the guest gets. */
  readonly timeSeconds: number;
}

/** Something that is put into the guest, as a plan shows it. */
export interface Placed {
  readonly path: string;
  /** Permission bits; absent for what is taken away. */
  readonly mode?: number;
  readonly sizeBytes: number;
  /** Of the content; absent of what is large: kernels, modules and programs are files of the host. */
  readonly sha256?: string;
  readonly why: string;
}

/** A disk of the guest that is made of a base image, which stays as it is, and edits. */
export interface StagedDisk {
  /** The file that is made. */
  readonly path: string;
  readonly format: Disk["format"];
  /** Absolute. */
  readonly base: Disk;
  readonly edits: readonly Edit[];
}

/** An empty disk that a kernel which dies writes its memory to. */
export interface DumpDisk {
  /** The file that is made; it takes the space of what is written to it. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** What a kernel that died has left. */
export interface KeptDump {
  /** Absent where none could be had. */
  readonly path?: string;
  /** Of the file. */
  readonly sizeBytes: number;
  /** Whether all that was to be dumped is in it. */
  readonly isComplete: boolean;
  /** Who wrote it, and as what. */
  readonly how: string;
  /** Why there is none, or what is wrong with it, as a sentence. */
  readonly problem?: string;
}

/**
 * A disk's kernel that the hypervisor starts itself: what is loaded, and the file that is made of it. Paths but the first are those of
 * the guest.
 */
export interface DirectStart {
  /** The file that is made. */
  readonly path: string;
  /** Absent: of a machine that resumes, whose memory has it already. */
  readonly kernel?: string;
  /** In their order; a file with a type is no kernel module and is loaded as it is. */
  readonly files: readonly { readonly path: string; readonly type?: string }[];
  /** What the kernel is told (kenv(1)). */
  readonly variables: Readonly<Record<string, string>>;
}

/** How a guest is going to be booted; known before anything is written. */
export interface StagingPlan {
  readonly boot: DirectBoot | DiskBoot;
  readonly disks: readonly Disk[];
  readonly input: StagingInput;
  readonly placed: readonly Placed[];
  readonly disk?: StagedDisk;
  /** Of a guest with a disk whose kernel the hypervisor starts. */
  readonly start?: DirectStart;
  /** Where the guest's kernel writes its dump, where it does so itself. */
  readonly dump?: DumpDisk;
  /** What the user should know before: a slot that is replaced, modules that may not fit. */
  readonly notices: readonly string[];
  /** Those of them that say how the guest may die of something that is not its kernel's fault. */
  readonly caveats: readonly string[];
  /** Files of the column's folder that staging makes, and that go when the run is over. */
  readonly staged: readonly string[];
}

export interface Guest {
  readonly family: GuestFamily;
  /** What the machine starts from: a kernel that the hypervisor loads itself, or a disk with a loader on it. */
  readonly bootsFrom: "kernel" | "disk";
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
  findKernel(query: KernelQuery, mayFetch: boolean, signal?: AbortSignal): Promise<KernelFile>;
  /** The virtio-serial port, where the machine has one; `undefined` where there is no driver for it. */
  portFor(kernel: KernelFile): GuestPort | undefined;
  /** Reads the base image and the kernel where there is one, and writes nothing. @throws LaneError (image) */
  planStaging(input: StagingInput): StagingPlan;
  /** A kernel's functions by address; absent where kernels print the names themselves. */
  readonly symbolsOf?: (kernel: KernelFile) => SymbolAt;
  /** Writes what {@link StagingPlan} says. @throws LaneError (host) when the disk is full or the folder is not writable */
  stage(plan: StagingPlan, signal?: AbortSignal): Promise<void>;
  /**
   * Looks for what a kernel that died has left on its {@link StagingPlan.dump}, and keeps it in the column's folder. The machine has ended.
   *
   * @throws LaneError `disk-full`, `write-failed` (host); the signal's reason. Nothing is left of the file then
   */
  readonly keepDump?: (disk: DumpDisk, folder: string, signal: AbortSignal) => Promise<KeptDump>;
}

export function placedFile({ path, mode, content, why }: GuestFile): Placed {
  return { path, mode, sizeBytes: content.length, why };
}

/** What the guest said of its kernel that contradicts `wanted`, as one clause; `undefined` when nothing does. */
export function contradiction(
  wanted: KernelIdentity,
  said: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const key of ["ident", "release", "version", "bootfile"] as const) {
    const expected = wanted[key];
    // FreeBSD's kern.version ends in a line break, which is no part of a name.
    const found = String(said[key]).trimEnd();
    if (expected !== undefined && found !== expected) {
      return `the guest's kernel says ${key} "${found}", expected "${expected}"`;
    }
  }
  const { buildId } = said;
  if (typeof buildId !== "string" || wanted.buildId === undefined || buildId === wanted.buildId)
    return undefined;
  return `the guest's kernel is another build: it says build id ${buildId}, expected ${wanted.buildId}`;
}
