/**
 * The flags that several commands share, and how their texts become {@link RunOptions}.
 */
import { InvalidArgumentError, Option, type Command } from "commander";
import type { AccelRequest } from "../hypervisors/accelerator.js";
import { loadConfig, selectLane } from "../run/config.js";
import {
  resolveRequest,
  type HypervisorRequest,
  type RunOptions,
  type RunRequest,
} from "../run/request.js";

export interface RunFlags {
  readonly config?: string;
  readonly kernel: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly hypervisor: HypervisorRequest;
  readonly accel: AccelRequest;
  readonly cpus?: number;
  readonly memory?: string;
  readonly bootTimeout?: string;
  readonly probeTimeout?: string;
  readonly serialLog?: string;
  readonly out?: string;
  readonly keep?: boolean;
}

export function addRunFlags(command: Command): Command {
  return command
    .argument("[lane]", "a lane of the config, or a built-in one (linux)")
    .option(
      "--config <file>",
      "the config (default: kernlane.config.ts of this folder, if there is one)",
    )
    .addOption(
      new Option(
        "--kernel <name=file>",
        "boot this kernel as a column of that name; repeatable; FILE may be auto (the host's or the distribution's)",
      )
        .argParser(collectKernel)
        .default({}, "the lane's own"),
    )
    .option("--image <file>", "the guest's disk image, for guests that boot from one")
    .addOption(
      new Option("--hypervisor <name>", "what runs the guest")
        .choices(["auto", "qemu", "bhyve"])
        .default("auto"),
    )
    .addOption(
      new Option(
        "--accel <name>",
        "auto uses KVM or HVF only if a tiny guest ran under it on this host",
      )
        .choices(["auto", "kvm", "hvf", "tcg"])
        .default("auto"),
    )
    .option("--cpus <n>", "virtual cpus of each guest", parseCount)
    .option("--memory <size>", "memory of each guest, such as 512M or 2G")
    .option(
      "--boot-timeout <duration>",
      "from the start of the machine to the agent's first word, such as 90s",
    )
    .option("--probe-timeout <duration>", "from the agent's first word to its last")
    .option(
      "--serial-log <file>",
      "write the console's bytes there (default: console.log of the column's folder)",
    )
    .option(
      "--out <dir>",
      "the folder of this run; an earlier run in it is replaced (default: .kernlane/runs/…)",
    )
    .option("--keep", "leave what was staged in the run's folder");
}

/** @throws LaneError (usage) for a lane, config, size or duration that makes no sense */
export async function requestFrom(lane: string | undefined, flags: RunFlags): Promise<RunRequest> {
  const { config, kernel, ...rest } = flags;
  const options: RunOptions = {
    ...rest,
    ...(Object.keys(kernel).length === 0 ? {} : { kernels: kernel }),
  };
  return resolveRequest(selectLane(await loadConfig(config), lane), options);
}

function collectKernel(text: string, before: unknown): Readonly<Record<string, string>> {
  const match = /^([^=]+)=(.+)$/.exec(text);
  if (!match)
    throw new InvalidArgumentError("expected NAME=FILE, such as TWQDEBUG=arch/x86/boot/bzImage");
  return { ...(before as Readonly<Record<string, string>>), [match[1]!]: match[2]! };
}

function parseCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number");
}
