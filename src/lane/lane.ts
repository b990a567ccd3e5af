/**
 * What a user writes in `kernlane.config.ts`: lanes, as data.
 */
import type { GuestFamily } from "../base/family.js";
import type { BootWay, ProbeMoment } from "../guests/guest.js";
import type { Step } from "../protocol/step.js";
import type { FindingsConfig } from "./findings.js";

/** The kernel of one column. A bare string is its file. */
export type KernelConfig = KernelDemands &
  (
    | {
        /**
         * A kernel file, relative to the config; or `auto`: for Linux guests the one that the host or its distribution has, for
         * FreeBSD guests the image's own.
         */
        readonly file: string;
      }
    | {
        /** MAKEOBJDIRPREFIX of a FreeBSD build, relative to the config: the kernel is searched for in it. */
        readonly objdir: string;
        /** Its configuration. Default: the column's name. */
        readonly conf?: string;
      }
  );

export interface KernelDemands {
  /**
   * How the kernel must name itself, where that cannot be read from the file: a release such as `6.1.0-9-amd64`. A
   * column whose guest says otherwise is `wrong-kernel`.
   */
  readonly ident?: string;
  /** Put the modules (`*.ko`) that lie beside the file, or below its folder, into the slot too (FreeBSD guests). Default no. */
  readonly modules?: boolean;
  /**
   * The kernel's symbols for source lines, relative to the config: a file (`vmlinux`, `kernel.debug`), or a folder that holds it and those
   * of modules. One of another build is refused. Default: looked for beside the kernel, in the tree that built it, below `/usr/lib/debug`
   * and in the image.
   */
  readonly symbols?: string;
  /** The kernel's source tree, relative to the config, where it is not where the compiler had it. */
  readonly sources?: string;
}

export interface MachineConfig {
  /** Default 1. */
  readonly cpus?: number;
  /** Such as `512M` or `2G`. Default `512M`. */
  readonly memory?: string;
  /** What the machine is called; with several columns each gets its own name put behind. Default: a name that is unique. */
  readonly name?: string;
  /** For guests that boot from a disk. Default: BIOS where the image has a boot block for it, else UEFI. */
  readonly firmware?: "bios" | "uefi";
  /** Further arguments for bhyve(8), handed on as they are. */
  readonly bhyveFlags?: readonly string[];
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
  /**
   * Columns by name. Default: one column, `stock`. FreeBSD guests always have that column, the image's own kernel, and the name
   * of each other column is also that of its slot: the directory under /boot.
   */
  readonly kernels?: Readonly<Record<string, string | KernelConfig>>;
  /** The disk image that FreeBSD guests are staged over, relative to the config. It is never written. */
  readonly image?: string;
  /**
   * The partition of the image that holds the root: its number or its label. Default: the one that the image's own boot code takes, which
   * `kernlane inspect` shows.
   */
  readonly root?: string | number;
  readonly machine?: MachineConfig;
  /**
   * The steps, in order, with what is expected of them: see the builders of `kernlane`. None: the lane is for tests that ask a
   * running guest, and `kernlane run` refuses it.
   */
  readonly probe: readonly Step[];
  /** Host files that the guest finds at the given absolute paths, executable: `{ "/kernlane/bin/probe": "./probe" }`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Words added to the guest kernel's command line (Linux guests). */
  readonly commandLine?: string;
  /**
   * When the probe runs (FreeBSD guests): `init`, as soon as the kernel has mounted its root, with the agent in the place of init(8);
   * `early`, as soon as rc(8) has mounted all file systems; or at `login`, when all of rc(8) has run and the network is there.
   * Default `init`.
   */
  readonly probeAt?: ProbeMoment;
  /**
   * How the kernel of a FreeBSD guest is started: `direct`, by QEMU itself, without firmware and loader, with the variables and
   * modules that the loader would give it; or by the `loader` of the image. Default: `direct` under QEMU, unless the machine's
   * `firmware` is given or the image has what only a loader can do, which the plan then says.
   */
  readonly boot?: BootWay;
  /**
   * Whether the root can be written to with `probeAt: "init"`, where nobody but the kernel has mounted it (FreeBSD guests). Default:
   * if a step starts a program or writes a file, and for tests that ask a running guest.
   */
  readonly writableRoot?: boolean;
  /**
   * Whether a kernel that dies leaves its memory beside the console, as a file that a debugger opens; see `docs/scenes.md`. It may take
   * as much space as the guest has memory. Default no.
   */
  readonly dump?: boolean;
  /**
   * What the debugger of a kernel that stops in it is asked, command by command: ddb(4), or Linux' kdb. The answers are evidence; then
   * the machine is ended. None (`[]`): a FreeBSD kernel that panics does not stop in ddb. Default: `bt`, `show alllocks`,
   * `ps` and `alltrace`; of a Linux guest `bt`, `btc`, `ps` and `bta D`.
   */
  readonly debugger?: readonly string[];
  /**
   * Whether a machine whose kernel dies is kept as it stands, for `kernlane autopsy` (QEMU); see `docs/scenes.md`. It takes the space of what the
   * guest has written to its memory and disk. Linux kernels are then started with `nokaslr`. Default no.
   */
  readonly freeze?: boolean;
  /** Where the console's bytes go instead of `console.log`; with several columns each gets its name put in. */
  readonly serialLog?: string;
  readonly timeouts?: TimeoutsConfig;
  /**
   * What becomes of findings, reports of the console that do not end the kernel: `fail` a run, or only `report` them, grouped by
   * title with a count. By class or name of `docs/console-marks.md`, by title, `*` for all others:
   * `{ locks: "report", "WARNING in foo": "fail", "*": "report" }`. Default `fail`.
   */
  readonly findings?: FindingsConfig;
  /**
   * An environment variable without which, set to `1`, the tests of `kernlane/vitest` skip this lane. Default: they run.
   */
  readonly gate?: string;
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
