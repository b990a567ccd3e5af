import { Command } from "commander";
import { accelOption, hypervisorOption, parseCount } from "./options.js";
import type { BootRequest } from "../run/boot-image.js";

export interface BootFlags {
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
    .action(async (image: string, flags: BootFlags) => {
      const { bootAndShow } = await import("./boot-actions.js");
      await bootAndShow(image, flags);
    });
}
