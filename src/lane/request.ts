/**
 * One run as it was asked for: the lane of the config, overridden by the command line, with every text parsed. It is made
 * here, once, and nobody changes it afterwards.
 */
import { resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import type { GuestFamily } from "../base/family.js";
import { parseDurationMs, parseMemoryMiB } from "../base/units.js";
import type { BootWay, ProbeMoment } from "../guests/guest.js";
import type { DiskBoot } from "../machine/machine.js";
import type { AccelRequest } from "../machine/qemu/accelerator.js";
import { probe } from "../protocol/blocks.js";
import type { Step } from "../protocol/step.js";
import { requireKnownColumns } from "./expected-columns.js";
import { findingsPolicy, type FindingsPolicy } from "./findings.js";
import { columnsOf, theKernelOf, type ColumnRequest } from "./columns.js";
import { defaultDebuggerCommands } from "./debugger-commands.js";
import type { LaneConfig } from "./lane.js";
import { mayWrite } from "./may-write.js";
import { refuseUnusedOptions } from "./unused-options.js";

/** What the command line, or a caller of the library, may say. Texts are as people type them. */
export interface RunOptions {
  /** Each is a column; if there are any, they replace the lane's own. FreeBSD guests keep `stock` beside them. */
  readonly kernels?: Readonly<Record<string, string>>;
  /** The one column that is wanted. */
  readonly only?: string;
  /** Put the modules that were built with the kernels into their slots too (FreeBSD guests). */
  readonly withModules?: boolean;
  /** The guest's disk image, for guests that boot from one. */
  readonly image?: string;
  /** The number or label of the image's partition with the root. */
  readonly root?: string;
  /** Files with the kernels' symbols, and folders that hold them. Each has to be of one of the kernels. */
  readonly symbols?: readonly string[];
  readonly hypervisor?: HypervisorRequest;
  readonly accel?: AccelRequest;
  readonly cpus?: number;
  readonly memory?: string;
  readonly bootTimeout?: string;
  readonly probeTimeout?: string;
  /** Where the console's bytes go instead of `console.log`; with several columns each gets its name put in. */
  readonly serialLog?: string;
  /** The folder of this run. */
  readonly out?: string;
  /** Whether a kernel that dies leaves its memory in the run's folder. */
  readonly dump?: boolean;
  /** Whether a machine whose kernel dies is kept as it stands, for `kernlane autopsy`. */
  readonly freeze?: boolean;
  /** Whether what was staged is left in the run's folder, and every call of a live guest in its events. */
  readonly keep?: boolean;
}

export type HypervisorRequest = "auto" | "qemu" | "bhyve";

const HYPERVISORS: readonly HypervisorRequest[] = ["auto", "qemu", "bhyve"];
const ACCELERATORS: readonly AccelRequest[] = ["auto", "kvm", "hvf", "tcg"];

/**
 * What a run is for.
 *
 * | mode          | meaning                                                                                      |
 * | ------------- | -------------------------------------------------------------------------------------------- |
 * | `run`         | the steps are in the guest when it boots, and it powers off behind them                      |
 * | `debug`       | as `run`, but the guest's first instruction waits for a debugger, and no deadline counts     |
 * | `interactive` | a person is at the console: a guest with a login prompt comes up to it, and the probe waits  |
 * | `live`        | a test asks for each step while the guest runs                                               |
 */
export type RunMode = "run" | "debug" | "interactive" | "live";

export interface RunRequest {
  readonly mode: RunMode;
  readonly lane: string;
  /** The config that the lane is from, absolute; absent for a built-in lane and for one that was given as a value. */
  readonly config?: string;
  readonly guest: GuestFamily;
  readonly columns: readonly ColumnRequest[];
  /** Absolute: symbols that were named for the run, and not for one of its kernels. */
  readonly symbols: readonly string[];
  readonly hypervisor: HypervisorRequest;
  readonly accel: AccelRequest;
  /** Absolute: the base image of guests that boot from a disk. */
  readonly image?: string;
  /** The number or label of its partition with the root, where it was named. */
  readonly root?: string;
  readonly firmware?: DiskBoot["firmware"];
  readonly machineName?: string;
  readonly cpus: number;
  /** Whether fewer will do, since nobody has asked for so many: the lane that is built in only prefers them. Default false. */
  readonly mayHaveFewerCpus?: boolean;
  readonly memoryMiB: number;
  readonly bhyveFlags: readonly string[];
  readonly probeAt: ProbeMoment;
  /** Absent where it is left to the guest and the hypervisor. */
  readonly boot?: BootWay;
  /** Whether the root of a FreeBSD guest whose first process is the agent can be written to. */
  readonly writableRoot: boolean;
  /** Whether a kernel that dies leaves its memory in the column's folder. */
  readonly dump: boolean;
  /** What the debugger of a kernel that stops in it is asked. None: a panic does not stop in it. */
  readonly debugger: readonly string[];
  /** Whether a machine whose kernel dies is kept as it stands. */
  readonly freeze: boolean;
  /** None in the mode `live`. */
  readonly steps: readonly Step[];
  /** Absolute host paths by guest path. */
  readonly files: Readonly<Record<string, string>>;
  readonly commandLine: string;
  readonly findings: FindingsPolicy;
  /** In ms; absent where the defaults hold. */
  readonly bootTimeoutMs?: number;
  readonly probeTimeoutMs?: number;
  readonly powerOffTimeoutMs?: number;
  readonly serialLog?: string;
  readonly out?: string;
  readonly keep: boolean;
}

/** A lane by its name, with the folder that its paths are relative to. */
export interface NamedLane {
  readonly name: string;
  readonly lane: LaneConfig;
  readonly folder: string;
  /** The config that it is from, absolute. */
  readonly config?: string;
  /** Whether its number of cpus is a preference of a built-in lane, see {@link RunRequest.mayHaveFewerCpus}. Default false. */
  readonly prefersCpus?: boolean;
}

/**
 * @param mode default `run`
 * @throws LaneError (usage) `bad-arguments`, `lane-without-steps`, `lane-without-kernels`, `bad-kernel-name`, `bad-cpus`, `bad-size`,
 *   `bad-duration`, `image-unused`, `option-unused`, `stock-is-the-image`, `unknown-column`, `expectation-unknown-column`,
 *   `finding-unknown`
 * @example resolveRequest({ name: "linux", lane: linuxLane, folder: "." }, { cpus: 2 })
 */
export function resolveRequest(
  named: NamedLane,
  options: RunOptions,
  mode: RunMode = "run",
): RunRequest {
  const { name, lane, folder, config } = named;
  const { machine = {} } = lane;
  refuseUnusedOptions(named, options);
  const columns = columnsOf(named, options);
  if (lane.probe.length === 0 && (mode === "run" || mode === "debug")) throw withoutSteps(named);
  requireKnownColumns(lane, columns);
  const image = options.image ?? (lane.image && resolve(folder, lane.image));
  const root = options.root ?? lane.root;
  const serialLog = options.serialLog ?? (lane.serialLog && resolve(folder, lane.serialLog));
  return {
    mode,
    lane: name,
    ...(config === undefined ? {} : { config }),
    guest: lane.guest,
    columns,
    symbols: (options.symbols ?? []).map((path) => resolve(path)),
    hypervisor: oneOf(HYPERVISORS, options.hypervisor ?? "auto", "hypervisor"),
    accel: oneOf(ACCELERATORS, options.accel ?? "auto", "accel"),
    ...(image === undefined ? {} : { image: resolve(image) }),
    ...(root === undefined ? {} : { root: String(root) }),
    ...(machine.firmware === undefined ? {} : { firmware: machine.firmware }),
    ...(machine.name === undefined ? {} : { machineName: machine.name }),
    cpus: checkedCpus(options.cpus ?? machine.cpus ?? 1),
    mayHaveFewerCpus: named.prefersCpus === true && options.cpus === undefined,
    memoryMiB: memoryOf(options, lane),
    bhyveFlags: machine.bhyveFlags ?? [],
    probeAt: lane.probeAt ?? "init",
    ...(lane.boot === undefined ? {} : { boot: lane.boot }),
    writableRoot: lane.writableRoot ?? (mode === "live" || mayWrite(lane.probe)),
    // Of a guest at whose console a person is, nothing is kept.
    dump: mode !== "interactive" && (options.dump ?? lane.dump ?? false),
    debugger: lane.debugger ?? defaultDebuggerCommands[lane.guest],
    freeze: mode !== "interactive" && (options.freeze ?? lane.freeze ?? false),
    steps: mode === "live" || lane.probe.length === 0 ? [] : probe(lane.probe).steps,
    files: Object.fromEntries(
      Object.entries(lane.files ?? {}).map(([to, from]) => [to, resolve(folder, from)]),
    ),
    commandLine: lane.commandLine ?? "",
    findings: findingsPolicy(lane.findings, lane.guest),
    ...timeoutsOf(lane, options),
    ...(serialLog === undefined ? {} : { serialLog: resolve(serialLog) }),
    ...(options.out === undefined ? {} : { out: resolve(options.out) }),
    keep: options.keep ?? false,
  };
}

/**
 * As {@link resolveRequest}, for one kernel: the one that is named by `only`, else {@link theKernelOf} the lane.
 *
 * @throws as both
 */
export function resolveOneKernel(
  named: NamedLane,
  options: RunOptions,
  mode: RunMode = "run",
): RunRequest {
  const only = options.only ?? theKernelOf(named, options);
  return resolveRequest(named, { ...options, only }, mode);
}

function timeoutsOf(lane: LaneConfig, options: RunOptions) {
  const { boot, probe, powerOff } = lane.timeouts ?? {};
  return {
    ...timeout("bootTimeoutMs", options.bootTimeout, "--boot-timeout", boot, "timeouts.boot"),
    ...timeout("probeTimeoutMs", options.probeTimeout, "--probe-timeout", probe, "timeouts.probe"),
    ...timeout("powerOffTimeoutMs", undefined, "", powerOff, "timeouts.powerOff"),
  };
}

function timeout<Key extends string>(
  key: Key,
  option: string | undefined,
  flag: string,
  configured: string | undefined,
  field: string,
): Partial<Record<Key, number>> {
  if (option !== undefined) return { [key]: parseDurationMs(option, flag) } as Record<Key, number>;
  if (configured === undefined) return {};
  return { [key]: parseDurationMs(configured, field) } as Record<Key, number>;
}

function memoryOf(options: RunOptions, lane: LaneConfig): number {
  if (options.memory !== undefined) return parseMemoryMiB(options.memory, "--memory");
  return parseMemoryMiB(lane.machine?.memory ?? "512M", "machine.memory");
}

function checkedCpus(cpus: number): number {
  if (Number.isInteger(cpus) && cpus >= 1 && cpus <= 64) return cpus;
  throw new LaneError("bad-cpus", `found ${cpus} cpus, expected a whole number from 1 to 64`, {
    hint: "write --cpus 2",
  });
}

/** Callers without types may give any text. */
function oneOf<Name extends string>(known: readonly Name[], found: unknown, option: string): Name {
  const same = known.find((name) => name === found);
  if (same !== undefined) return same;
  const text = String(found);
  const nearest = nearestName(text, known);
  throw new LaneError(
    "bad-arguments",
    `${option}: found "${text}", expected one of ${known.join(", ")}`,
    { hint: nearest && `did you mean ${nearest}?` },
  );
}

function withoutSteps({ name }: NamedLane): LaneError {
  return new LaneError(
    "lane-without-steps",
    `the lane "${name}" has no steps: a run of it would test nothing`,
  );
}
