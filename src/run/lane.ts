/**
 * What a user writes in `kernlane.config.ts`: lanes, as data.
 */
import type { GuestFamily } from "../base/family.js";
import type { Step } from "../probe/step.js";

/** The kernel of one column. A bare string is its file. */
export interface KernelConfig {
  /** A kernel file, relative to the config; or `auto`, the one that the host or its distribution has (Linux guests). */
  readonly file: string;
  /**
   * How the kernel must name itself, where that cannot be read from the file: a release such as `6.1.0-9-amd64`. A
   * column whose guest says otherwise is `wrong-kernel`.
   */
  readonly ident?: string;
}

export interface MachineConfig {
  /** Default 1. */
  readonly cpus?: number;
  /** Such as `512M` or `2G`. Default `512M`. */
  readonly memory?: string;
}

/** Budgets as durations (`90s`). Defaults fit an idle laptop and are stretched where no accelerator is proven. */
export interface TimeoutsConfig {
  /** From the start of the machine to the agent's first word. */
  readonly boot?: string;
  /** From the agent's first word to its last. */
  readonly probe?: string;
  /** From the agent's last word to the end of the machine. */
  readonly powerOff?: string;
}

/** A named recipe: guest, kernels, machine, probe, expectations. */
export interface LaneConfig {
  readonly guest: GuestFamily;
  /** One line for `kernlane run --help` and the plan. */
  readonly description?: string;
  /** Columns by name. Default: one column, `stock`. */
  readonly kernels?: Readonly<Record<string, string | KernelConfig>>;
  readonly machine?: MachineConfig;
  /** The steps, in order, with what is expected of them: see the builders of `kernlane`. */
  readonly probe: readonly Step[];
  /** Host files that the guest finds at the given absolute paths, executable: `{ "/kernlane/bin/probe": "./probe" }`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Words added to the guest kernel's command line (Linux guests). */
  readonly commandLine?: string;
  readonly timeouts?: TimeoutsConfig;
  /**
   * Findings on the console that do not fail a run: a class of `docs/console-marks.md` (`locks`), or the whole title of
   * a report.
   */
  readonly allow?: readonly string[];
}

export interface Config {
  /** The lane that `kernlane run` means when it is given no name. */
  readonly default?: string;
  readonly lanes: Readonly<Record<string, LaneConfig>>;
}

/**
 * Gives a lane its type, nothing else.
 *
 * @example
 * export default defineConfig({
 *   lanes: {
 *     mine: defineLane({ guest: "linux", probe: [syscall({ name: "getpid", nr: 39, expect: "= 1" })] }),
 *   },
 * });
 */
export function defineLane(lane: LaneConfig): LaneConfig {
  return lane;
}

/** Gives a config its type, nothing else. See {@link defineLane}. */
export function defineConfig(config: Config): Config {
  return config;
}
