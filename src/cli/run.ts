import { Command } from "commander";
import { formatRun } from "../report/terminal.js";
import { styleFor, wantsColours } from "../report/style.js";
import { runLane } from "../run/run-lane.js";
import { exitStatusOf } from "./exit-status.js";
import { catchInterrupts } from "./interrupts.js";
import { addRunFlags, requestFrom, type RunFlags } from "./options.js";
import { showPlan } from "./plan.js";
import { openProgress } from "./progress.js";

interface Flags extends RunFlags {
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
    .action(async (lane: string | undefined, flags: Flags) => {
      if (flags.dryRun) await showPlan(lane, flags);
      else await run(lane, flags);
    });
}

async function run(lane: string | undefined, flags: Flags): Promise<void> {
  const request = await requestFrom(lane, flags);
  const output = flags.json ? process.stderr : process.stdout;
  const style = styleFor(wantsColours(output));
  const progress = openProgress(output, output.isTTY && process.env["TERM"] !== "dumb", style);
  using interrupts = catchInterrupts(() =>
    process.stderr.write("\ninterrupted: ending the guests; again to leave at once\n"),
  );
  try {
    const record = await runLane(request, progress, interrupts.signal);
    progress.done();
    if (flags.json) process.stdout.write(`${JSON.stringify(record, undefined, 2)}\n`);
    else process.stdout.write(`\n${formatRun(record, style, process.cwd())}`);
    process.exitCode = exitStatusOf(record);
  } finally {
    progress.done();
  }
}
