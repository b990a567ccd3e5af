/**
 * What commander finds wrong with a command line, as an error of ours: told once, in one form, for people and programs.
 */
import { CommanderError, type Command } from "commander";
import { LaneError } from "../base/errors.js";

/** Makes a command and those below it throw what they find wrong, and print nothing of it. */
export function throwUsageErrors(command: Command): void {
  command.configureOutput({ outputError: () => undefined });
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageError(command, error);
  });
  for (const one of command.commands) throwUsageErrors(one);
}

/** Whether somebody asked for help or the version, and has got it. */
export function isAnswered(thrown: unknown): boolean {
  return thrown instanceof CommanderError && thrown.exitCode === 0;
}

function usageError(command: Command, error: CommanderError): LaneError {
  const [message = "", ...rest] = error.message
    .replace(/^error: /, "")
    .replace(" is invalid. ", " is invalid: ")
    .split("\n");
  const suggestion = /^\(Did you mean (.*)\?\)$/.exec(rest.join(" "))?.[1];
  const isEmpty = error.code === "commander.help";
  return new LaneError("bad-arguments", isEmpty ? "no command was given" : message, {
    hint:
      suggestion === undefined ? `see: ${nameOf(command)} --help` : `did you mean ${suggestion}?`,
  });
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}
