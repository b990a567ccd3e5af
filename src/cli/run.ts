import { Command } from "commander";
import { addRunFlags, type RunFlags } from "./options.js";

export interface RunCommandFlags extends RunFlags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export function runCommand(): Command {
  return addRunFlags(new Command("run"))
    .description("stage, boot, probe and judge each kernel of a lane")
    .option(
      "--json",
      "print one JSON document on stdout (docs/record.schema.json); progress goes to stderr",
    )
    .option("--dry-run", "print what would be done and touch nothing (the same as plan)")
    .action(async (lane: string | undefined, flags: RunCommandFlags) => {
      if (flags.dryRun) {
        const { showPlan } = await import("./plan-actions.js");
        await showPlan(lane, flags);
      } else {
        const { runAndTell } = await import("./run-actions.js");
        await runAndTell(lane, flags);
      }
    });
}
