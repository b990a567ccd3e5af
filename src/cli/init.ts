import { Command } from "commander";

export function initCommand(): Command {
  return new Command("init")
    .description("write a commented kernlane.config.ts into this folder")
    .action(async () => {
      const { writeConfig } = await import("./init-actions.js");
      writeConfig();
    });
}
