import { Command } from "commander";
import type { BootRequest } from "../run/boot-image.js";
import { interruption, catchInterrupts } from "./interrupts.js";
import { accelOption, hypervisorOption, parseCount } from "./options.js";
import { note, noteEnd, print, whenReaderLeaves } from "./output.js";

interface Flags extends Pick<BootRequest, "hypervisor" | "accel" | "cpus"> {
  readonly memory: string;
}

export function bootCommand(): Command {
  return new Command("boot")
    .description(
      "boot an image as it is and show its console until the guest ends; the image is not written, Ctrl-C ends the guest",
    )
    .argument("<image>", "a raw or qcow2 image, such as `kernlane stage` makes")
    .addOption(hypervisorOption())
    .addOption(accelOption())
    .option("--cpus <n>", "virtual cpus", parseCount, 1)
    .option("--memory <size>", "such as 512M or 2G", "1G")
    .action(boot);
}

/** Status 0 for a guest that powered off or that nobody watches any more, 1 for any other end. */
async function boot(image: string, { memory, ...flags }: Flags): Promise<void> {
  const { parseMemoryMiB } = await import("../base/units.js");
  const { openConsoleText } = await import("../console/console-text.js");
  const { bootImage } = await import("../run/boot-image.js");
  const memoryMiB = parseMemoryMiB(memory, "--memory");
  using interrupts = catchInterrupts(() =>
    note("\ninterrupted: ending the guest; once more to leave at once"),
  );
  const left = whenReaderLeaves();
  const text = openConsoleText();
  const end = await bootImage(
    { image, ...flags, memoryMiB },
    { console: (bytes) => print(text.push(bytes)), notice: note },
    AbortSignal.any([interrupts.signal, left]),
  );
  print(text.end());
  noteEnd(end);
  process.exitCode = interruption()?.status ?? (left.aborted || end.how === "powered-off" ? 0 : 1);
}
