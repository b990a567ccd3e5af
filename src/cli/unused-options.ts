/**
 * Options that are known and would do nothing are refused: what was asked for would not be what is done. What a kind of guest has
 * no use for is refused in `lane/`.
 */
import type { Command } from "commander";
import { LaneError } from "../base/errors.js";

/** An option that has no effect beside another one, and why. */
export type UnusedBeside = readonly [option: string, beside: string, why: string];

export const unusedInRun: readonly UnusedBeside[] = [
  ["json", "dryRun", "a plan is printed for people only"],
  ["keep", "dryRun", "nothing is staged"],
  ["watch", "dryRun", "nothing is run"],
  ["json", "watch", "one document is printed for one run, and --watch makes many"],
  ["gdb", "watch", "a guest that waits for its debugger is not started again"],
  ["bootTimeout", "gdb", "no deadline counts while a debugger is waited for"],
  ["probeTimeout", "gdb", "no deadline counts while a debugger is waited for"],
];

/** @throws LaneError `option-unused` (usage) */
export function refuseUnusedBeside(command: Command, table: readonly UnusedBeside[]): void {
  for (const [option, beside, why] of table) {
    if (isGiven(command, option) && isGiven(command, beside))
      throw unused(
        `${flagOf(command, option)} has no effect beside ${flagOf(command, beside)}`,
        why,
      );
  }
}

/**
 * @param used the options that have an effect where the command is used so
 * @throws LaneError `option-unused` (usage)
 */
export function refuseOthers(
  command: Command,
  used: readonly string[],
  where: string,
  why: string,
): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (isGiven(command, name) && !used.includes(name))
      throw unused(`${flagOf(command, name)} has no effect ${where}`, why);
  }
}

/** An empty value is most often that of a variable that is not set. @throws LaneError `bad-arguments` (usage) */
export function refuseEmptyValues(command: Command): void {
  for (const [name, value] of Object.entries(command.opts())) {
    if (value === "")
      throw new LaneError("bad-arguments", `${flagOf(command, name)} has an empty value`);
  }
}

function isGiven(command: Command, name: string): boolean {
  return command.getOptionValueSource(name) === "cli";
}

function flagOf(command: Command, name: string): string {
  return command.options.find((option) => option.attributeName() === name)!.long!;
}

function unused(what: string, why: string): LaneError {
  return new LaneError("option-unused", `${what}: ${why}`);
}
