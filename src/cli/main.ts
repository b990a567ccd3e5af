/**
 * The command line. Each command is one file; what they throw is told here, once.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { LaneError } from "../base/errors.js";
import { visible } from "../console/visible.js";
import { packageRoot } from "../host/paths.js";
import { bootCommand } from "./boot.js";
import { doctorCommand } from "./doctor.js";
import { statusOfTrouble } from "./exit-status.js";
import { imageCommand } from "./image.js";
import { initCommand } from "./init.js";
import { inspectCommand } from "./inspect.js";
import { judgeCommand } from "./judge.js";
import { kernelCommand } from "./kernel.js";
import { planCommand } from "./plan.js";
import { runCommand } from "./run.js";
import { stageCommand } from "./stage.js";

const USAGE_STATUS = 2;

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

/** Says what went wrong in one message, and gives the exit status. */
function tell(error: unknown, debug: boolean): number {
  // Commander has said it already, or was asked for help or the version.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS;
  if (error instanceof LaneError) {
    process.stderr.write(`error[${error.code}]: ${shown(error.message)}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${shown(error.hint)}\n`);
    if (debug) process.stderr.write(`${stackOf(error)}\n`);
    return statusOfTrouble[error.who];
  }
  process.stderr.write(`error[bug]: ${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write(
    debug ? `${stackOf(error)}\n` : "hint: this is a defect of kernlane; --debug shows where\n",
  );
  return statusOfTrouble.bug;
}

/** Names and words of a guest may be part of a message. */
function shown(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
