import { Command } from "commander";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("say what this host can do and what is missing, with the remedy")
    .action(async () => {
      const { examineAndTell } = await import("./doctor-actions.js");
      await examineAndTell();
    });
}
