/**
 * One run as it was asked for: the lane of the config, overridden by the command line, with every text parsed.
 */
import { resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import { nearestName } from "../base/nearest.js";
import { parseDurationMs, parseMemoryMiB } from "../base/units.js";
import type { AccelRequest } from "../hypervisors/accelerator.js";
import type { Step } from "../probe/step.js";
import type { GuestFamily } from "../base/family.js";
import type { KernelConfig, LaneConfig } from "./lane.js";

/** What the command line, or a caller of the library, may say. Texts are as people type them. */
export interface RunOptions {
  /** Each is a column; if there are any, they replace the lane's own. */
  readonly kernels?: Readonly<Record<string, string>>;
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

export interface ColumnRequest {
  readonly kernel: string;
  /** Absolute, or `auto`. */
  readonly file: string;
  readonly ident?: string;
}

export interface RunRequest {
  readonly lane: string;
  readonly guest: GuestFamily;
  readonly columns: readonly ColumnRequest[];
  readonly hypervisor: HypervisorRequest;
  readonly accel: AccelRequest;
  readonly cpus: number;
  readonly memoryMiB: number;
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
}

/** A lane by its name, with the folder that its paths are relative to. */
export interface NamedLane {
  readonly name: string;
  readonly lane: LaneConfig;
  readonly folder: string;
}

/**
 * @throws LaneError (usage) `bad-kernel-name`, `bad-cpus`, `bad-size`, `bad-duration`
 * @example resolveRequest({ name: "linux", lane: linuxLane, folder: "." }, { cpus: 2 })
 */
export function resolveRequest({ name, lane, folder }: NamedLane, options: RunOptions): RunRequest {
  if (options.image !== undefined) throw imageUnused(name, options.image);
  const timeouts = lane.timeouts ?? {};
  const at = (path: string, base: string): string => (path === "auto" ? path : resolve(base, path));
  return {
    lane: name,
    guest: lane.guest,
    columns: columnsOf(lane, options).map(([kernel, { file, ident }]) => ({
      kernel: checkedKernelName(kernel),
      file: at(file, options.kernels ? "." : folder),
      ...(ident === undefined ? {} : { ident }),
    })),
    hypervisor: options.hypervisor ?? "auto",
    accel: options.accel ?? "auto",
    cpus: checkedCpus(options.cpus ?? lane.machine?.cpus ?? 1),
    memoryMiB: memoryOf(options, lane),
    steps: lane.probe,
    files: Object.fromEntries(
      Object.entries(lane.files ?? {}).map(([to, from]) => [to, at(from, folder)]),
    ),
    commandLine: lane.commandLine ?? "",
    allow: lane.allow ?? [],
    ...timeout(
      "bootTimeoutMs",
      options.bootTimeout,
      "--boot-timeout",
      timeouts.boot,
      "timeouts.boot",
    ),
    ...timeout(
      "probeTimeoutMs",
      options.probeTimeout,
      "--probe-timeout",
      timeouts.probe,
      "timeouts.probe",
    ),
    ...timeout("powerOffTimeoutMs", undefined, "", timeouts.powerOff, "timeouts.powerOff"),
    ...(options.serialLog === undefined ? {} : { serialLog: resolve(options.serialLog) }),
    ...(options.out === undefined ? {} : { out: resolve(options.out) }),
    keep: options.keep ?? false,
  };
}

function columnsOf(
  lane: LaneConfig,
  options: RunOptions,
): readonly (readonly [string, KernelConfig])[] {
  const kernels = options.kernels ?? lane.kernels ?? { stock: "auto" };
  return Object.entries(kernels).map(([name, kernel]) => {
    const given = typeof kernel === "string" ? { file: kernel } : kernel;
    const configured = lane.kernels?.[name];
    // The identity that the config demands of a column also binds a file that the command line puts in its place.
    const ident = typeof configured === "object" ? configured.ident : undefined;
    return [name, { ...given, ...(ident === undefined ? {} : { ident }) }];
  });
}

function memoryOf(options: RunOptions, lane: LaneConfig): number {
  if (options.memory !== undefined) return parseMemoryMiB(options.memory, "--memory");
  return parseMemoryMiB(lane.machine?.memory ?? "512M", "machine.memory");
}

/** A column's name is also a folder's. */
function checkedKernelName(name: string): string {
  const reserved = name === "step" || name.endsWith(".json");
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name) && !reserved) return name;
  throw new LaneError({
    code: "bad-kernel-name",
    who: "usage",
    message: `found the kernel name "${name}", expected up to 64 letters, digits, dots, dashes and underscores`,
    hint: 'the name heads a column beside "step" and is a folder of the run: --kernel TWQDEBUG=FILE',
  });
}

function checkedCpus(cpus: number): number {
  if (Number.isInteger(cpus) && cpus >= 1 && cpus <= 64) return cpus;
  throw new LaneError({
    code: "bad-cpus",
    who: "usage",
    message: `found ${cpus} cpus, expected a whole number from 1 to 64`,
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
  return new LaneError({
    code: "unknown-lane",
    who: "usage",
    message: `there is no lane "${name}"; there are ${known.join(", ")}`,
    hint:
      nearest === undefined
        ? "name one of these, or define it in kernlane.config.ts"
        : `did you mean ${nearest}?`,
    facts: { name },
  });
}

function imageUnused(lane: string, image: string): LaneError {
  return new LaneError({
    code: "image-unused",
    who: "usage",
    message: `--image ${image}: the lane "${lane}" boots its kernel directly and has no disk`,
    hint: "leave --image out; kernels are given with --kernel NAME=FILE",
  });
}
