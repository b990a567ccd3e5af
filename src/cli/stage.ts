import { resolve } from "node:path";
import { Command, Option } from "commander";
import { addGuestFlags, optionsFrom, type GuestFlags } from "./options.js";

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
        "qcow2 is as large as the kernel and needs the base beside it; raw is a copy of the whole",
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
  const { plan } = await stageImage(request, path, flags.format);
  for (const notice of plan.staging.notices) process.stderr.write(`note: ${notice}\n`);
  process.stderr.write(
    `${plan.file.identity.label} over ${request.image}; boot it with: kernlane boot ${path}\n`,
  );
  process.stdout.write(`${path}\n`);
}
