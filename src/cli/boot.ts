import { Command } from "commander";
import { openConsoleText } from "../console/console-text.js";
import { parseMemoryMiB } from "../base/units.js";
import { catchInterrupts, INTERRUPTED_STATUS } from "./interrupts.js";
import { accelOption, hypervisorOption, parseCount } from "./options.js";
import type { BootRequest } from "../run/boot-image.js";

interface Flags {
  readonly hypervisor: BootRequest["hypervisor"];
  readonly accel: BootRequest["accel"];
  readonly cpus: number;
  readonly memory: string;
}

export function bootCommand(): Command {
  return new Command("boot")
    .description(
      "boot an image as it is and show its console until it ends; the image is not written, Ctrl-C ends the guest",
    )
    .argument("<image>", "a raw or qcow2 image, such as `kernlane stage` makes")
    .addOption(hypervisorOption())
    .addOption(accelOption())
    .option("--cpus <n>", "virtual cpus", parseCount, 1)
    .option("--memory <size>", "such as 512M or 2G", "1G")
    .action(boot);
}

/** Status 0 for a guest that powered off, 1 for any other end. */
async function boot(image: string, { memory, ...flags }: Flags): Promise<void> {
  const { bootImage } = await import("../run/boot-image.js");
  const memoryMiB = parseMemoryMiB(memory, "--memory");
  const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  using interrupts = catchInterrupts(() =>
    tell("\ninterrupted: ending the guest; again to leave at once"),
  );
  const text = openConsoleText();
  const end = await bootImage(
    { image, ...flags, memoryMiB },
    { console: (bytes) => void process.stdout.write(text.push(bytes)), notice: tell },
    interrupts.signal,
  );
  process.stdout.write(text.end());
  tell(`machine ${end.how}: ${end.detail}`);
  if (interrupts.signal.aborted) process.exitCode = INTERRUPTED_STATUS;
  else process.exitCode = end.how === "powered-off" ? 0 : 1;
}
