import { resolve } from "node:path";
import { Command, Option } from "commander";
import { catchInterrupts } from "./interrupts.js";
import { addGuestFlags, optionsFrom, type GuestFlags } from "./options.js";
import { note, print } from "./output.js";

interface Flags extends GuestFlags {
  readonly format: "qcow2" | "raw";
  readonly to?: string;
}

export function stageCommand(): Command {
  return addGuestFlags(new Command("stage"))
    .description(
      "put one kernel and the probe into a new image that boots by itself; the base image is not written",
    )
    .addOption(
      new Option(
        "--format <name>",
        "qcow2 is as large as the kernel and needs the base image beside it; raw is a copy of the whole image",
      )
        .choices(["qcow2", "raw"])
        .default("qcow2"),
    )
    .option("--to <file>", "the image that is made (default: LANE-KERNEL.FORMAT in this folder)")
    .action(stage);
}

async function stage(lane: string | undefined, flags: Flags): Promise<void> {
  const { resolveOneKernel } = await import("../lane/request.js");
  const { stageImage } = await import("../run/stage-image.js");
  const { namedLaneFrom } = await import("./request-from.js");
  const named = await namedLaneFrom(lane, flags);
  const request = resolveOneKernel(named, optionsFrom(flags));
  const { kernel } = request.columns[0]!;
  const path = resolve(flags.to ?? `${named.name}-${kernel}.${flags.format}`);
  using interrupts = catchInterrupts(() => note("\ninterrupted: once more to leave at once"));
  const { plan } = await stageImage(request, path, flags.format, interrupts.signal);
  for (const notice of plan.staging.notices) note(`note: ${notice}`);
  note(`${plan.file.identity.label} over ${request.image!}; boot it with: kernlane boot ${path}`);
  print(`${path}\n`);
}
