/**
 * One run as it was asked for: the lane of the config, overridden by the command line, with every text parsed.
 */
import { resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import { parseDurationMs, parseMemoryMiB } from "../base/units.js";
import type { AccelRequest } from "../machine/qemu/accelerator.js";
import type { ProbeMoment } from "../guests/guest.js";
import type { DiskBoot } from "../machine/machine.js";
import type { Step } from "../protocol/step.js";
import type { GuestFamily } from "../base/family.js";
import type { KernelConfig, LaneConfig } from "./lane.js";

/** What the command line, or a caller of the library, may say. Texts are as people type them. */
export interface RunOptions {
  /** Each is a column; if there are any, they replace the lane's own. FreeBSD guests keep `stock` beside them. */
  readonly kernels?: Readonly<Record<string, string>>;
  /** The one column that is wanted. */
  readonly only?: string;
  /** Put the modules that were built with the kernels into their slots too. */
  readonly withModules?: boolean;
  /** The guest's disk image, for guests that boot from one. */
  readonly image?: string;
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
  /** Whether what was staged is left in the run's folder. */
  readonly keep?: boolean;
}

export type HypervisorRequest = "auto" | "qemu" | "bhyve";

/** `oneshot`: the steps are in the guest when it boots. `live`: a test asks for each while the guest runs. */
export type Transport = "oneshot" | "live";

export interface ColumnRequest {
  readonly kernel: string;
  /** Absolute, or `auto`. */
  readonly file: string;
  readonly ident?: string;
  readonly modules: boolean;
}

export interface RunRequest {
  readonly lane: string;
  readonly guest: GuestFamily;
  readonly columns: readonly ColumnRequest[];
  readonly hypervisor: HypervisorRequest;
  readonly accel: AccelRequest;
  /** Absolute: the base image of guests that boot from a disk. */
  readonly image?: string;
  readonly firmware?: DiskBoot["firmware"];
  readonly machineName?: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly bhyveFlags: readonly string[];
  readonly probeAt: ProbeMoment;
  readonly transport: Transport;
  /** None where the transport is live. */
  readonly steps: readonly Step[];
  /** Absolute host paths by guest path. */
  readonly files: Readonly<Record<string, string>>;
  readonly commandLine: string;
  readonly allow: readonly string[];
  /** In ms; absent where the defaults hold. */
  readonly bootTimeoutMs?: number;
  readonly probeTimeoutMs?: number;
  readonly powerOffTimeoutMs?: number;
  readonly serialLog?: string;
  readonly out?: string;
  readonly keep: boolean;
  /** A person is at the console: the guest comes up to its login prompt where it has one, and the probe waits for them. */
  readonly isInteractive: boolean;
  /** The guest's first instruction waits for a debugger; a person takes the time that it takes. */
  readonly waitsForDebugger: boolean;
}

/** A lane by its name, with the folder that its paths are relative to. */
export interface NamedLane {
  readonly name: string;
  readonly lane: LaneConfig;
  readonly folder: string;
}

/**
 * @throws LaneError (usage) `bad-kernel-name`, `bad-cpus`, `bad-size`, `bad-duration`, `image-unused`, `stock-is-the-image`,
 *   `unknown-column`
 * @example resolveRequest({ name: "linux", lane: linuxLane, folder: "." }, { cpus: 2 })
 */
export function resolveRequest({ name, lane, folder }: NamedLane, options: RunOptions): RunRequest {
  const image = options.image ?? (lane.image && resolve(folder, lane.image));
  if (image !== undefined && lane.guest === "linux") throw imageUnused(name, image);
  const serialLog = options.serialLog ?? (lane.serialLog && resolve(folder, lane.serialLog));
  const { machine = {} } = lane;
  return {
    lane: name,
    guest: lane.guest,
    columns: columnsOf(lane, options, folder),
    hypervisor: options.hypervisor ?? "auto",
    accel: options.accel ?? "auto",
    ...(image === undefined ? {} : { image: resolve(image) }),
    ...(machine.firmware === undefined ? {} : { firmware: machine.firmware }),
    ...(machine.name === undefined ? {} : { machineName: machine.name }),
    cpus: checkedCpus(options.cpus ?? machine.cpus ?? 1),
    memoryMiB: memoryOf(options, lane),
    bhyveFlags: machine.bhyveFlags ?? [],
    probeAt: lane.probeAt ?? "early",
    transport: "oneshot",
    steps: lane.probe,
    files: Object.fromEntries(
      Object.entries(lane.files ?? {}).map(([to, from]) => [to, resolve(folder, from)]),
    ),
    commandLine: lane.commandLine ?? "",
    allow: lane.allow ?? [],
    ...timeoutsOf(lane, options),
    ...(serialLog === undefined ? {} : { serialLog: resolve(serialLog) }),
    ...(options.out === undefined ? {} : { out: resolve(options.out) }),
    keep: options.keep ?? false,
    isInteractive: false,
    waitsForDebugger: false,
  };
}

function timeoutsOf(lane: LaneConfig, options: RunOptions) {
  const { boot, probe, powerOff } = lane.timeouts ?? {};
  return {
    ...timeout("bootTimeoutMs", options.bootTimeout, "--boot-timeout", boot, "timeouts.boot"),
    ...timeout("probeTimeoutMs", options.probeTimeout, "--probe-timeout", probe, "timeouts.probe"),
    ...timeout("powerOffTimeoutMs", undefined, "", powerOff, "timeouts.powerOff"),
  };
}

/** The column of the kernel that nobody changed. */
const STOCK = "stock";

function columnsOf(
  lane: LaneConfig,
  options: RunOptions,
  folder: string,
): readonly ColumnRequest[] {
  const asked: Readonly<Record<string, string | KernelConfig>> = options.kernels ??
    lane.kernels ?? { [STOCK]: "auto" };
  const named = lane.guest === "freebsd" ? { [STOCK]: "auto", ...asked } : asked;
  const base = options.kernels ? "." : folder;
  const columns = Object.entries(named).map(([kernel, given]): ColumnRequest => {
    const { file, ident, modules } = kernelOf(kernel, given, lane);
    if (lane.guest === "freebsd" && kernel === STOCK && file !== "auto")
      throw stockIsTheImages(file);
    return {
      kernel: checkedKernelName(kernel),
      file: file === "auto" ? file : resolve(base, file),
      ...(ident === undefined ? {} : { ident }),
      modules: options.withModules ?? modules ?? false,
    };
  });
  if (options.only === undefined) return columns;
  const only = columns.filter(({ kernel }) => kernel === options.only);
  if (only.length === 0) throw unknownColumn(options.only, Object.keys(named));
  return only;
}

/** What the config demands of a column also binds a file that the command line puts in its place. */
function kernelOf(name: string, given: string | KernelConfig, lane: LaneConfig): KernelConfig {
  const configured = lane.kernels?.[name];
  const demanded = typeof configured === "object" ? configured : {};
  return { ...demanded, ...(typeof given === "string" ? { file: given } : given) };
}

function memoryOf(options: RunOptions, lane: LaneConfig): number {
  if (options.memory !== undefined) return parseMemoryMiB(options.memory, "--memory");
  return parseMemoryMiB(lane.machine?.memory ?? "512M", "machine.memory");
}

/** A column's name is also a folder's. */
function checkedKernelName(name: string): string {
  const reserved = name === "step" || name.endsWith(".json");
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name) && !reserved) return name;
  throw new LaneError(
    "bad-kernel-name",
    `found the kernel name "${name}", expected up to 64 letters, digits, dots, dashes and underscores`,
  );
}

function checkedCpus(cpus: number): number {
  if (Number.isInteger(cpus) && cpus >= 1 && cpus <= 64) return cpus;
  throw new LaneError("bad-cpus", `found ${cpus} cpus, expected a whole number from 1 to 64`, {
    hint: "write --cpus 2",
  });
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

/** @throws LaneError `unknown-lane` (usage), with the nearest name */
export function unknownLane(name: string, known: readonly string[]): LaneError {
  const nearest = nearestName(name, known);
  return new LaneError(
    "unknown-lane",
    `there is no lane "${name}"; there are ${known.join(", ")}`,
    {
      hint:
        nearest === undefined
          ? "name one of these, or define it in kernlane.config.ts"
          : `did you mean ${nearest}?`,
      facts: { name },
    },
  );
}

/**
 * The one column that is meant where only one can be: the lane's only kernel besides `stock`, else `stock`.
 *
 * @throws LaneError `kernel-ambiguous` (usage)
 */
export function theKernelOf({ name, lane }: NamedLane, { kernels }: RunOptions): string {
  const names = Object.keys(kernels ?? lane.kernels ?? {}).filter((one) => one !== STOCK);
  if (names.length <= 1) return names[0] ?? STOCK;
  throw new LaneError(
    "kernel-ambiguous",
    `one kernel is wanted, and the lane "${name}" has ${names.length}: ${names.join(", ")}`,
    { hint: "give one: --kernel NAME=FILE" },
  );
}

/**
 * As {@link resolveRequest}, for one kernel: the one that is named by `only`, else {@link theKernelOf} the lane.
 *
 * @throws as both
 */
export function resolveOneKernel(named: NamedLane, options: RunOptions): RunRequest {
  return resolveRequest(named, { ...options, only: options.only ?? theKernelOf(named, options) });
}

function unknownColumn(name: string, known: readonly string[]): LaneError {
  const nearest = nearestName(name, known);
  return new LaneError(
    "unknown-column",
    `the lane has no kernel "${name}"; it has ${known.join(", ")}`,
    {
      hint:
        nearest === undefined
          ? "give its file: kernels: { NAME: FILE }"
          : `did you mean ${nearest}?`,
    },
  );
}

function stockIsTheImages(file: string): LaneError {
  return new LaneError(
    "stock-is-the-image",
    `found the kernel ${STOCK}=${file}, but ${STOCK} is always the image's own /boot/kernel`,
  );
}

function imageUnused(lane: string, image: string): LaneError {
  return new LaneError(
    "image-unused",
    `--image ${image}: the lane "${lane}" boots its kernel directly and has no disk`,
  );
}
