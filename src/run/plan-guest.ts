/**
 * What one column's guest is made of: its kernel, the agent and its plan, what is staged, and how long each phase may take.
 * The kernel, the agent and the lane's files are read; nothing is written.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import type {
  Guest,
  GuestFile,
  GuestPort,
  KernelFile,
  KernelQuery,
  StagingPlan,
} from "../guests/guest.js";
import { checkGuestFile } from "../guests/guest-file.js";
import { packageRoot } from "../host/paths.js";
import type { Disk, Hypervisor, MachineSpec } from "../machine/machine.js";
import { encodePlan, type EncodedPlan, type Transport } from "../protocol/encode-plan.js";
import { planBudgets, type Budgets } from "./budgets.js";
import type { ColumnRequest } from "../lane/columns.js";
import { programsOf } from "../lane/programs-of.js";
import type { RunMode, RunRequest } from "../lane/request.js";

export interface GuestPlan {
  readonly guest: GuestFamily;
  readonly file: KernelFile;
  readonly files: readonly GuestFile[];
  readonly staging: StagingPlan;
  readonly probe: EncodedPlan;
  /** Where the agent may be heard, in its order of preference: devices of the guest, then the console. It says which it took. */
  readonly channels: readonly string[];
  /** Whether the machine is to have a virtio-serial port. */
  readonly hasPort: boolean;
  readonly budgets: Budgets;
}

/** What it depends on besides what was asked for. */
export interface GuestFacts {
  readonly guest: Guest;
  readonly accel: MachineSpec["accel"];
  readonly diskFormat: Disk["format"];
  /** Whether a disk is booted by its own code. */
  readonly needsBootCode: boolean;
  /** What the machine will be called. Default: not known. */
  readonly smbios?: Hypervisor["smbios"];
  /** Whether the hypervisor can start a kernel itself. Default false. */
  readonly startsKernels?: boolean;
  /** Whether the machine has a second serial port that leads somewhere. */
  readonly hasChannel: boolean;
  /** Whether it can have a virtio-serial port. Default false. */
  readonly canHavePort?: boolean;
  /** Whether what the guest writes to it may be lost. Default false. */
  readonly portMayLose?: boolean | undefined;
  /** Whether a kernel that dies is to leave its memory. Default false. */
  readonly dumps?: boolean;
  readonly now: Date;
  /** Whether what is missing may be downloaded into the cache. Default false. */
  readonly mayFetch?: boolean;
  /** Ends a download. */
  readonly signal?: AbortSignal;
  /** Where what is staged goes. */
  readonly folder: string;
  readonly runId: string;
}

/** @throws LaneError for a kernel that is none, an agent that was not built, a file or an image that cannot be used */
export async function planGuest(
  request: RunRequest,
  column: ColumnRequest,
  facts: GuestFacts,
): Promise<GuestPlan> {
  const { guest, diskFormat, folder, now, mayFetch = false } = facts;
  const found = await guest.findKernel(queryOf(column), mayFetch, facts.signal);
  const file = withIdentity(guest, found, column.ident);
  const budgets = planBudgets(guest, facts.accel, request);
  const { guestDeadlineMs } = budgets;
  const port = portOf(request, file, facts);
  const channels = [
    ...(port ? [port.device] : []),
    ...(facts.hasChannel ? guest.channelDevices : []),
    "console",
  ];
  const probe = encodePlan(
    { steps: request.steps },
    {
      runId: facts.runId,
      transport: transportOf(request.mode),
      channels,
      deadlineMs: guestDeadlineMs,
      atEnd: "power-off",
    },
  );
  const files = [agentFile(guest), planFile(guest, probe), ...laneFiles(request)];
  const timeSeconds = Math.floor(now.getTime() / 1000);
  const staging = guest.planStaging({
    ...{ kernel: file, folder, files, diskFormat, guestDeadlineMs, timeSeconds },
    programs: programsOf(request.steps),
    memoryMiB: request.memoryMiB,
    hasPort: port !== undefined,
    dumps: facts.dumps ?? false,
    needsBootCode: facts.needsBootCode,
    startsKernels: facts.startsKernels ?? false,
    ...(facts.smbios && { smbios: facts.smbios }),
    leavesAgentIdle: request.mode === "interactive",
    asksDebugger: facts.startsKernels !== undefined && asksDebugger(request),
  });
  const hasPort = port !== undefined;
  return { guest: guest.family, file, files, staging, probe, channels, hasPort, budgets };
}

/** A person at the console, or with a debugger of their own, is asked nothing. */
function asksDebugger({ mode, debugger: commands }: RunRequest): boolean {
  return commands.length > 0 && (mode === "run" || mode === "live");
}

/**
 * A one-shot run keeps to what the agent can wait for until everything was sent: a step may be the kernel's last. Where nobody asks
 * the agent, it has no port.
 */
function portOf(
  { mode }: RunRequest,
  kernel: KernelFile,
  { guest, canHavePort, portMayLose = false }: GuestFacts,
): GuestPort | undefined {
  if (!canHavePort || mode === "interactive") return undefined;
  const port = guest.portFor(kernel);
  const keepsAll = port?.isSynchronous === true && !portMayLose;
  return mode === "live" || keepsAll ? port : undefined;
}

/** How the agent gets its steps. */
export function transportOf(mode: RunMode): Transport {
  return mode === "live" ? "live" : "oneshot";
}

function queryOf({ kernel, file, modules }: ColumnRequest): KernelQuery {
  return { column: kernel, file, modules };
}

/** The identity that the config demands of a column overrides what the file says of itself. */
function withIdentity(guest: Guest, file: KernelFile, ident: string | undefined): KernelFile {
  if (ident === undefined) return file;
  const demanded = guest.family === "freebsd" ? { ident } : { release: ident };
  return { ...file, identity: { label: ident, ...demanded } };
}

/** @throws LaneError `agent-not-built` (host) */
export function agentFile(guest: Guest): GuestFile {
  const built = join(packageRoot(), "dist", "agent", `${guest.family}-amd64`, "kernlane-agent");
  if (!existsSync(built)) {
    throw new LaneError(
      "agent-not-built",
      `${built} is missing: the agent for ${guest.family} guests was not built`,
    );
  }
  return { path: guest.agentPath, mode: 0o755, content: readFileSync(built), why: "the agent" };
}

function planFile(guest: Guest, probe: EncodedPlan): GuestFile {
  return {
    path: guest.planPath,
    mode: 0o644,
    content: Buffer.from(probe.text),
    why: "the agent's steps",
  };
}

/** Of a file that was not read; whatever else is found is about the program in it. */
const UNREADABLE: ReadonlySet<string> = new Set([
  "image-not-found",
  "image-unreadable",
  "image-not-a-file",
]);

function laneFiles(request: RunRequest): readonly GuestFile[] {
  return Object.entries(request.files).map(([path, from]) => {
    try {
      checkGuestFile(request.guest, from);
      return { path, mode: 0o755, content: readFileSync(from), why: `the lane's file ${from}` };
    } catch (error) {
      if (error instanceof LaneError && !UNREADABLE.has(error.code)) throw error;
      // An error of ours begins with the path.
      const what = error instanceof LaneError ? "" : `${from} cannot be read: `;
      throw new LaneError("lane-file-unreadable", `files["${path}"]: ${what}${messageOf(error)}`, {
        cause: error,
      });
    }
  });
}
