import { Command, Option } from "commander";
import { addRunFlags, type RunFlags } from "./options.js";

export interface RunCommandFlags extends RunFlags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
}

export function runCommand(): Command {
  return addRunFlags(new Command("run"))
    .description("stage, boot, probe and judge each kernel of a lane")
    .option(
      "--json",
      "print one JSON document on stdout (docs/record.schema.json); progress goes to stderr",
    )
    .addOption(
      new Option(
        "--watch",
        "run again whenever a kernel, the base image, the config or a file of the lane changes; Ctrl-C ends it",
      ).conflicts(["json", "dryRun", "gdb"]),
    )
    .option(
      "--gdb",
      "wait for a debugger before the guest's first instruction and say what to type; one kernel, no deadlines",
    )
    .option("--dry-run", "print what would be done and touch nothing (the same as plan)")
    .action(async (lane: string | undefined, flags: RunCommandFlags) => {
      if (flags.dryRun) {
        const { showPlan } = await import("./plan-actions.js");
        await showPlan(lane, flags);
      } else if (flags.watch) {
        const { watchAndTell } = await import("./watch-actions.js");
        await watchAndTell(lane, flags);
      } else {
        const { runAndTell } = await import("./run-actions.js");
        await runAndTell(lane, flags);
      }
    });
}
