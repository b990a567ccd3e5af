/**
 * The flags that several commands share, and how their texts become {@link RunOptions}.
 */
import { Argument, InvalidArgumentError, Option, type Command } from "commander";
import type { RunOptions } from "../lane/request.js";

/** What says which guest is meant. */
export interface GuestFlags {
  readonly config?: string;
  readonly kernel: Readonly<Record<string, string>>;
  readonly withModules?: boolean;
  readonly image?: string;
  readonly root?: string;
  readonly probeTimeout?: string;
}

export interface RunFlags extends GuestFlags, Omit<RunOptions, "kernels" | "only"> {
  readonly gdb?: boolean;
}

export function addGuestFlags(command: Command, target = laneArgument()): Command {
  return command
    .addArgument(target)
    .option(
      "--config <file>",
      "the config (default: kernlane.config.ts of this folder, if there is one)",
    )
    .addOption(
      new Option(
        "--kernel <name=file>",
        "boot this kernel as a column of that name; repeatable; FILE may be auto (the host's, the distribution's or the image's own)",
      )
        .argParser(collectKernel)
        .default({}, "the lane's own"),
    )
    .option(
      "--with-modules",
      "put the modules that were built with the kernels into their slots too",
    )
    .option(
      "--image <file>",
      "the disk image of guests that boot from one; it is not written, and its own kernel is always the column stock",
    )
    .option("--root <partition>", "the number or label of the image's partition with the root")
    .option("--probe-timeout <duration>", "from the agent's first word to its last, such as 90s");
}

function laneArgument(): Argument {
  return new Argument("[lane]", "a lane of the config, or a built-in one (linux, twq, twq-state)");
}

export function hypervisorOption(): Option {
  return new Option("--hypervisor <name>", "what runs the guest")
    .choices(["auto", "qemu", "bhyve"])
    .default("auto");
}

export function accelOption(): Option {
  return new Option(
    "--accel <name>",
    "auto uses KVM or HVF only if a tiny guest ran under it on this host",
  )
    .choices(["auto", "kvm", "hvf", "tcg"])
    .default("auto");
}

/** For source lines. @param found what is used without the option */
export function symbolsOption(
  found = "what lies beside the kernel, in the tree that built it, below /usr/lib/debug, in the image",
): Option {
  return new Option(
    "--symbols <path>",
    `a file with a kernel's symbols (vmlinux, kernel.debug), or a folder that holds it; repeatable (default: ${found})`,
  ).argParser((path: string, before: readonly string[] | undefined) => [...(before ?? []), path]);
}

export function addRunFlags(command: Command): Command {
  return addGuestFlags(command)
    .addOption(symbolsOption())
    .addOption(hypervisorOption())
    .addOption(accelOption())
    .option("--cpus <n>", "virtual cpus of each guest", parseCount)
    .option("--memory <size>", "memory of each guest, such as 512M or 2G")
    .option(
      "--boot-timeout <duration>",
      "from the start of the machine to the agent's first word, such as 90s",
    )
    .option(
      "--dump",
      "keep the memory of a kernel that dies, for a debugger: up to the size of the guest's memory on disk",
    )
    .option(
      "--freeze",
      "keep the machine of a kernel that dies as it stands, for `kernlane autopsy`; it takes what the guest has written to its memory and disk (QEMU)",
    )
    .option(
      "--serial-log <file>",
      "write the console's bytes there (default: console.log of the column's folder)",
    )
    .option(
      "--out <dir>",
      "the folder of this run; an earlier run in it is replaced (default: .kernlane/runs/…)",
    );
}

export function optionsFrom(flags: GuestFlags): RunOptions {
  const { kernel, ...rest } = flags;
  return { ...rest, ...(Object.keys(kernel).length === 0 ? {} : { kernels: kernel }) };
}

function collectKernel(text: string, before: unknown): Readonly<Record<string, string>> {
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || file === undefined)
    throw new InvalidArgumentError("expected NAME=FILE, such as TWQDEBUG=arch/x86/boot/bzImage");
  const kernels = before as Readonly<Record<string, string>>;
  if (Object.hasOwn(kernels, name))
    throw new InvalidArgumentError(
      `${name} is given twice, as ${kernels[name]!} and as ${file}: each kernel needs a name of its own`,
    );
  return { ...kernels, [name]: file };
}

export function parseCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number");
}
