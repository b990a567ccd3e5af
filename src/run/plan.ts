/**
 * Everything that a run would do, as a value that can be printed: which kernel each column boots and why, what is put
 * into the guest, every argv, every budget. Nothing is touched.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import type { GuestFamily } from "../base/family.js";
import type { Guest, GuestFile, KernelFile, StagingPlan } from "../guests/guest.js";
import { defaultRunsFolder, packageRoot } from "../host/paths.js";
import type { AccelChoice } from "../hypervisors/accelerator.js";
import type { Hypervisor, MachineSpec } from "../hypervisors/machine.js";
import { encodePlan, type EncodedPlan } from "../probe/encode-plan.js";
import { planBudgets, type Budgets } from "./budgets.js";
import type { ColumnRequest, RunRequest } from "./request.js";

/** What a plan has to know of this host, found out before. */
export interface HostFacts {
  readonly guest: Guest;
  readonly hypervisor: Hypervisor;
  /** Such as `QEMU 7.2.22`. */
  readonly hypervisorVersion: string;
  readonly accel: AccelChoice;
  readonly now: Date;
  /** Whether what is missing may be downloaded into the cache: a run may, a plan touches nothing. */
  readonly mayFetch: boolean;
}

export interface ColumnPlan {
  readonly kernel: string;
  readonly guest: GuestFamily;
  readonly file: KernelFile;
  readonly folder: string;
  readonly consoleLog: string;
  readonly eventsLog: string;
  readonly files: readonly GuestFile[];
  readonly staging: StagingPlan;
  readonly probe: EncodedPlan;
  readonly machine: MachineSpec;
  readonly argv: readonly (readonly string[])[];
  readonly budgets: Budgets;
}

export interface RunPlan {
  readonly request: RunRequest;
  readonly facts: HostFacts;
  readonly folder: string;
  readonly columns: readonly ColumnPlan[];
}

/**
 * Reads the kernels, the agent and the lane's files, and writes nothing.
 *
 * @throws LaneError for a kernel that is none, an agent that was not built, a file that cannot be read
 */
export async function planRun(request: RunRequest, facts: HostFacts): Promise<RunPlan> {
  const folder = request.out ?? join(defaultRunsFolder(), runName(request.lane, facts.now));
  const shared = [agentFile(facts.guest), ...laneFiles(request)];
  const columns: ColumnPlan[] = [];
  for (const column of request.columns) {
    columns.push(await planColumn(request, facts, column, folder, shared));
  }
  return { request, facts, folder, columns };
}

async function planColumn(
  request: RunRequest,
  facts: HostFacts,
  column: ColumnRequest,
  runFolder: string,
  shared: readonly GuestFile[],
): Promise<ColumnPlan> {
  const { guest, hypervisor, accel } = facts;
  const folder = join(runFolder, column.kernel);
  const file = withIdentity(await guest.findKernel(column.file, facts.mayFetch), column.ident);
  const budgets = planBudgets(guest, accel.accel, request);
  const runId = randomUUID();
  const probe = encodePlan(
    { steps: request.steps },
    {
      runId,
      transport: "oneshot",
      channels: [...guest.channelDevices, "console"],
      deadlineMs: budgets.guestDeadlineMs,
      atEnd: "power-off",
    },
  );
  const files = [...shared, planFile(guest, probe)];
  const staging = guest.planStaging({
    kernel: file,
    folder,
    files,
    commandLine: request.commandLine,
  });
  const machine: MachineSpec = {
    name: `kernlane-${request.lane}-${column.kernel}-${runId.slice(0, 8)}`,
    arch: "amd64",
    cpus: request.cpus,
    memoryMiB: request.memoryMiB,
    boot: staging.boot,
    disks: staging.disks,
    accel: accel.accel,
    extraArgs: [],
  };
  return {
    kernel: column.kernel,
    guest: guest.family,
    file,
    folder,
    consoleLog: consoleLogOf(request, column.kernel, folder),
    eventsLog: join(folder, "events.jsonl"),
    files,
    staging,
    probe,
    machine,
    argv: hypervisor.argv(machine),
    budgets,
  };
}

/** The identity that the config demands of a column stands above what the file says of itself. */
function withIdentity(file: KernelFile, ident: string | undefined): KernelFile {
  return ident === undefined ? file : { ...file, identity: { label: ident, release: ident } };
}

function consoleLogOf(request: RunRequest, kernel: string, folder: string): string {
  if (request.serialLog === undefined) return join(folder, "console.log");
  if (request.columns.length === 1) return request.serialLog;
  return request.serialLog.replace(/(\.[^./]*)?$/, `.${kernel}$1`);
}

function runName(lane: string, now: Date): string {
  return `${now.toISOString().slice(0, 23).replaceAll(/[:.]/g, "-")}-${lane}`;
}

/** @throws LaneError `agent-not-built` (host) */
export function agentFile(guest: Guest): GuestFile {
  const built = join(packageRoot(), "dist", "agent", `${guest.family}-amd64`, "kernlane-agent");
  if (!existsSync(built)) {
    throw new LaneError({
      code: "agent-not-built",
      who: "host",
      message: `${built} is not there: the agent for ${guest.family} guests was not built`,
      hint: "run npm run build (it needs clang and lld)",
    });
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

function laneFiles(request: RunRequest): readonly GuestFile[] {
  return Object.entries(request.files).map(([path, from]) => {
    try {
      return { path, mode: 0o755, content: readFileSync(from), why: `the lane's file ${from}` };
    } catch (error) {
      throw new LaneError({
        code: "lane-file-unreadable",
        who: "usage",
        message: `files["${path}"]: ${from} cannot be read: ${messageOf(error)}`,
        hint: "the path is relative to the config",
        cause: error,
      });
    }
  });
}
