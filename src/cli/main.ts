/**
 * The command line: the table of its commands. Each is one file, which loads what it needs when it is used; what they throw is
 * told here, once.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { packageRoot } from "../host/paths.js";
import { autopsyCommand } from "./autopsy.js";
import { bootCommand } from "./boot.js";
import { consoleCommand } from "./console.js";
import { crashesCommand } from "./crashes.js";
import { doctorCommand } from "./doctor.js";
import { listenForFaults, requireNoFault, sendConsoleToStderr } from "./faults.js";
import { imageCommand } from "./image.js";
import { initCommand } from "./init.js";
import { inspectCommand } from "./inspect.js";
import { interruption, listenForSignals } from "./interrupts.js";
import { judgeCommand } from "./judge.js";
import { kernelCommand } from "./kernel.js";
import { guardOutput, requireOutput } from "./output.js";
import { planCommand } from "./plan.js";
import { printError, printInterruption, type ErrorOptions } from "./print-error.js";
import { runCommand } from "./run.js";
import { runsCommand } from "./runs.js";
import { stageCommand } from "./stage.js";
import { refuseEmptyValues } from "./unused-options.js";
import { isAnswered, throwUsageErrors } from "./usage.js";

/** @param argv as `process.argv` has it. Sets the exit status; never rejects. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("kernlane")
    .description("boots each kernel of a lane in a virtual machine and says what it did")
    .version(packageVersion())
    .option("--debug", "print stack traces with errors")
    .addCommand(runCommand())
    .addCommand(planCommand())
    .addCommand(stageCommand())
    .addCommand(bootCommand())
    .addCommand(consoleCommand())
    .addCommand(judgeCommand())
    .addCommand(autopsyCommand())
    .addCommand(doctorCommand())
    .addCommand(initCommand())
    .addCommand(kernelCommand())
    .addCommand(inspectCommand())
    .addCommand(imageCommand())
    .addCommand(runsCommand())
    .addCommand(crashesCommand());
  program.hook("preAction", (_, command) => refuseEmptyValues(command));
  throwUsageErrors(program);
  // Looked for before the command line is understood, which may fail.
  const options = { json: isGiven(argv, "--json"), debug: isGiven(argv, "--debug") };
  let isDone = false;
  guardOutput();
  if (options.json) sendConsoleToStderr();
  // A command that is done has printed its document.
  listenForFaults((error) => printError(error, { ...options, json: options.json && !isDone }));
  listenForSignals((signal, status) => {
    if (options.json) printInterruption(signal, status);
  });
  await finish(options, () => whileNoFault(() => program.parseAsync(argv)));
  isDone = true;
  await finish(options, requireOutput);
}

/** Does something and sets the exit status if it fails. */
async function finish(options: ErrorOptions, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isAnswered(error)) return;
    const by = interruption();
    // What was under way was cut short: its errors say no more than that.
    if (by && options.json) printInterruption(by.signal, by.status);
    process.exitCode = by ? by.status : printError(error, options);
  }
}

/** @throws what nobody caught, rather than what followed from it */
async function whileNoFault(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } finally {
    requireNoFault();
  }
}

function isGiven(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes(flag);
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
