/**
 * Everything that a run would do, as a value that can be printed: which kernel each column boots and why, what is put
 * into the guest, every argv, every budget. Nothing is touched.
 */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultCrashesFolder, defaultRunsFolder } from "../host/paths.js";
import type { ColumnRequest } from "../lane/columns.js";
import type { RunRequest } from "../lane/request.js";
import type { MachineSpec } from "../machine/machine.js";
import { requireHolding } from "../machine/not-held.js";
import { guestOf, hypervisorOf, type HostFacts } from "./host-facts.js";
import { fitSymbols, kernelQuery, type NamedSymbols } from "./column-symbols.js";
import { machineCpus } from "./machine-cpus.js";
import { planGuest, type GuestPlan } from "./plan-guest.js";

const CONSOLE_LOG = "console.log";

export interface ColumnPlan extends GuestPlan {
  readonly kernel: string;
  /** What the agent's first line repeats. */
  readonly runId: string;
  readonly folder: string;
  readonly consoleLog: string;
  readonly eventsLog: string;
  /** What the kernel's debugger is asked. */
  readonly debugger: readonly string[];
  readonly machine: MachineSpec;
  readonly argv: readonly (readonly string[])[];
  /** For source lines: what was named for this kernel, and its tree. */
  readonly symbols: NamedSymbols;
}

export interface RunPlan {
  readonly request: RunRequest;
  readonly facts: HostFacts;
  readonly folder: string;
  /** The folder in which deaths and findings are counted. Absent where a person is at the console: that is no run. */
  readonly crashes?: string;
  readonly columns: readonly ColumnPlan[];
}

export interface PlanOptions {
  /** Whether what is missing may be downloaded into the cache: a run may, a plan touches nothing. Default false. */
  readonly mayFetch?: boolean;
  /** Ends a download. */
  readonly signal?: AbortSignal;
  /** Another guest of the same request: its folder. A console log that the request names belongs to the first one. */
  readonly folder?: string;
}

/**
 * Reads the kernels, the agent and the lane's files, and writes nothing but what is downloaded.
 *
 * @throws LaneError for a kernel that is none, an agent that was not built, a file that cannot be read, more processors than the
 *   hypervisor gives
 */
export async function planRun(
  request: RunRequest,
  facts: HostFacts,
  options: PlanOptions = {},
): Promise<RunPlan> {
  if (request.freeze) requireHolding(hypervisorOf(facts.hypervisor));
  const folder = options.folder ?? request.out ?? defaultFolder(request, facts.now);
  const planned: Omit<ColumnPlan, "symbols">[] = [];
  for (const column of request.columns) {
    planned.push(await planColumn(request, facts, column, { ...options, runFolder: folder }));
  }
  const columns = await withSymbols(request, planned);
  const crashes = request.mode === "interactive" ? {} : { crashes: defaultCrashesFolder() };
  return { request, facts, folder, ...crashes, columns };
}

/** @throws LaneError for symbols that were named and are of none of the kernels (image) */
async function withSymbols(
  { columns, symbols }: RunRequest,
  planned: readonly Omit<ColumnPlan, "symbols">[],
): Promise<readonly ColumnPlan[]> {
  const given = await fitSymbols(
    planned.map((column, index) => ({
      query: kernelQuery(column),
      own: columns[index]?.symbols,
    })),
    symbols,
  );
  return planned.map((column, index) => {
    const { sources } = columns[index]!;
    return { ...column, symbols: { given: given[index]!, ...(sources ? { sources } : {}) } };
  });
}

async function planColumn(
  request: RunRequest,
  facts: HostFacts,
  column: ColumnRequest,
  { runFolder, ...options }: PlanOptions & { readonly runFolder: string },
): Promise<Omit<ColumnPlan, "symbols">> {
  const { accel, now } = facts;
  const hypervisor = hypervisorOf(facts.hypervisor);
  const folder = join(runFolder, column.kernel);
  const runId = randomUUID();
  const planned = await planGuest(request, column, {
    guest: guestOf(request),
    accel: accel.accel,
    diskFormat: hypervisor.diskFormat,
    needsBootCode: hypervisor.needsBootCode,
    startsKernels: hypervisor.startsKernels,
    smbios: hypervisor.smbios,
    hasChannel: hypervisor.hasChannel,
    canHavePort: hypervisor.canHavePort,
    portMayLose: hypervisor.portMayLose,
    dumps: request.dump,
    now,
    folder,
    runId,
    ...options,
  });
  const { cpus, notice } = machineCpus(request, hypervisor);
  const notices = [...planned.staging.notices, ...(notice === undefined ? [] : [notice])];
  const { freeze } = request;
  const memoryFile = freeze ? join(folder, "memory") : undefined;
  const staged = [...planned.staging.staged, ...(memoryFile === undefined ? [] : [memoryFile])];
  const staging = { ...planned.staging, staged, notices };
  const machine: MachineSpec = {
    name: machineName(request, column.kernel, runId),
    arch: "amd64",
    cpus,
    memoryMiB: request.memoryMiB,
    boot: staging.boot,
    disks: staging.disks,
    accel: accel.accel,
    waitsForDebugger: request.mode === "debug",
    hasPort: planned.hasPort,
    holdsAtReset: freeze || (request.dump && planned.guest === "linux"),
    ...(memoryFile === undefined ? {} : { memoryFile }),
    extraArgs: hypervisor.name === "bhyve" ? request.bhyveFlags : [],
  };
  return {
    ...{ ...planned, staging },
    kernel: column.kernel,
    runId,
    folder,
    consoleLog:
      options.folder === undefined
        ? consoleLogOf(request, column.kernel, folder)
        : join(folder, CONSOLE_LOG),
    eventsLog: join(folder, "events.jsonl"),
    debugger: debuggerCommands(request, staging.dump !== undefined),
    machine,
    argv: hypervisor.argv(machine),
  };
}

/** A kernel that stops in its debugger writes its dump when it is told to. */
function debuggerCommands({ debugger: own }: RunRequest, dumps: boolean): readonly string[] {
  return dumps && !own.includes("dump") ? [...own, "dump"] : own;
}

/** A name of the user's own is kept as it is where it can be: it is what other tools know the machine by. */
function machineName(request: RunRequest, kernel: string, runId: string): string {
  const { machineName: own, columns } = request;
  if (own === undefined) return `kernlane-${request.lane}-${kernel}-${runId.slice(0, 8)}`;
  return columns.length === 1 ? own : `${own}-${kernel}`;
}

function consoleLogOf(request: RunRequest, kernel: string, folder: string): string {
  if (request.serialLog === undefined) return join(folder, CONSOLE_LOG);
  if (request.columns.length === 1) return request.serialLog;
  return request.serialLog.replace(/(\.[^./]*)?$/, `.${kernel}$1`);
}

/** Guests of many workers may begin in the same moment; of a guest at whose console a person was, nothing is kept. */
function defaultFolder({ mode, lane }: RunRequest, now: Date): string {
  const unique = randomUUID().slice(0, 8);
  switch (mode) {
    case "live":
      return join(defaultRunsFolder(), `live-${lane}-${unique}`);
    case "interactive":
      return join(tmpdir(), `kernlane-console-${unique}`);
    case "run":
    case "debug":
      return join(
        defaultRunsFolder(),
        `${now.toISOString().slice(0, 23).replaceAll(/[:.]/g, "-")}-${lane}`,
      );
  }
}
