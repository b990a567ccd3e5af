/**
 * Everything that a run would do, as a value that can be printed: which kernel each column boots and why, what is put
 * into the guest, every argv, every budget. Nothing is touched.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Guest } from "../guests/guest.js";
import { defaultRunsFolder } from "../host/paths.js";
import type { AccelChoice } from "../machine/qemu/accelerator.js";
import type { Hypervisor, MachineSpec } from "../machine/machine.js";
import { planGuest, type GuestPlan } from "./plan-guest.js";
import type { ColumnRequest, RunRequest } from "../lane/request.js";

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

export interface ColumnPlan extends GuestPlan {
  readonly kernel: string;
  readonly folder: string;
  readonly consoleLog: string;
  readonly eventsLog: string;
  readonly machine: MachineSpec;
  readonly argv: readonly (readonly string[])[];
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
  const columns: ColumnPlan[] = [];
  for (const column of request.columns) {
    columns.push(await planColumn(request, facts, column, folder));
  }
  return { request, facts, folder, columns };
}

async function planColumn(
  request: RunRequest,
  facts: HostFacts,
  column: ColumnRequest,
  runFolder: string,
): Promise<ColumnPlan> {
  const { hypervisor, accel } = facts;
  const folder = join(runFolder, column.kernel);
  const runId = randomUUID();
  const planned = await planGuest(request, column, {
    ...facts,
    accel: accel.accel,
    diskFormat: hypervisor.diskFormat,
    hasChannel: hypervisor.hasChannel,
    canHavePort: hypervisor.canHavePort,
    folder,
    runId,
  });
  const { staging } = planned;
  const machine: MachineSpec = {
    name: machineName(request, column.kernel, runId),
    arch: "amd64",
    cpus: request.cpus,
    memoryMiB: request.memoryMiB,
    boot: staging.boot,
    disks: staging.disks,
    accel: accel.accel,
    waitsForDebugger: request.waitsForDebugger,
    hasPort: request.transport === "live" && hypervisor.canHavePort,
    extraArgs: hypervisor.name === "bhyve" ? request.bhyveFlags : [],
  };
  return {
    ...planned,
    kernel: column.kernel,
    folder,
    consoleLog: consoleLogOf(request, column.kernel, folder),
    eventsLog: join(folder, "events.jsonl"),
    machine,
    argv: hypervisor.argv(machine),
  };
}

/** A name of the user's own is kept as it is where it can be: it is what other tools know the machine by. */
function machineName(request: RunRequest, kernel: string, runId: string): string {
  const { machineName: own, columns } = request;
  if (own === undefined) return `kernlane-${request.lane}-${kernel}-${runId.slice(0, 8)}`;
  return columns.length === 1 ? own : `${own}-${kernel}`;
}

function consoleLogOf(request: RunRequest, kernel: string, folder: string): string {
  if (request.serialLog === undefined) return join(folder, "console.log");
  if (request.columns.length === 1) return request.serialLog;
  return request.serialLog.replace(/(\.[^./]*)?$/, `.${kernel}$1`);
}

function runName(lane: string, now: Date): string {
  return `${now.toISOString().slice(0, 23).replaceAll(/[:.]/g, "-")}-${lane}`;
}
