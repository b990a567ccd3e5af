import { Argument, Command } from "commander";
import {
  accelOption,
  addGuestFlags,
  hypervisorOption,
  parseCount,
  type RunFlags,
} from "./options.js";

export interface ConsoleFlags extends RunFlags {
  readonly readOnly?: boolean;
}

const EXAMPLES = `
  kernlane console .kernlane/runs/RUN               the console of a run in progress, from its beginning; of one that is over, its log
  kernlane console twq --image IMAGE                boot the lane's kernel and log in; the image is not written

Ctrl-] leaves the console. A run goes on; a guest that was booted for the console ends.
`;

export function consoleCommand(): Command {
  const target = new Argument(
    "[run|lane]",
    "the folder of a run or of one of its columns, or a lane whose one kernel is booted",
  );
  return addGuestFlags(new Command("console"), target)
    .description("attach this terminal to a guest's console")
    .option("--read-only", "watch, and type nothing; of a run, several may watch and one may type")
    .addOption(hypervisorOption())
    .addOption(accelOption())
    .option("--cpus <n>", "virtual cpus of the guest that is booted", parseCount)
    .option("--memory <size>", "its memory, such as 512M or 2G")
    .addHelpText("after", EXAMPLES)
    .action(async (named: string | undefined, flags: ConsoleFlags) => {
      const { openConsole } = await import("./console-actions.js");
      await openConsole(named, flags);
    });
}
