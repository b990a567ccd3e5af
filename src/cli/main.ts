/**
 * The command line. Each command is one file; what they throw is told here, once.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { packageRoot } from "../host/paths.js";
import { bootCommand } from "./boot.js";
import { consoleCommand } from "./console.js";
import { doctorCommand } from "./doctor.js";
import { imageCommand } from "./image.js";
import { initCommand } from "./init.js";
import { inspectCommand } from "./inspect.js";
import { judgeCommand } from "./judge.js";
import { kernelCommand } from "./kernel.js";
import { planCommand } from "./plan.js";
import { runCommand } from "./run.js";
import { stageCommand } from "./stage.js";
import { tell } from "./tell.js";

/** @param argv as `process.argv` has it. Sets the exit status; never rejects. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("kernlane")
    .description(
      "a virtual machine turned into a kernel engineering loop: stage, boot, probe, judge",
    )
    .version(packageVersion())
    .option("--debug", "print stack traces with errors")
    .addCommand(runCommand())
    .addCommand(planCommand())
    .addCommand(stageCommand())
    .addCommand(bootCommand())
    .addCommand(consoleCommand())
    .addCommand(judgeCommand())
    .addCommand(doctorCommand())
    .addCommand(initCommand())
    .addCommand(kernelCommand())
    .addCommand(inspectCommand())
    .addCommand(imageCommand())
    .showSuggestionAfterError();
  for (const command of [program, ...program.commands]) command.exitOverride();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = tell(error, program.opts<{ debug?: boolean }>().debug === true);
  }
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
