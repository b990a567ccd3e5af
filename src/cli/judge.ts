import { Command } from "commander";

export function judgeCommand(): Command {
  return new Command("judge")
    .description("judge a run again from its events.jsonl, without a machine")
    .argument("<rundir>", "the folder of a run, or of one of its columns")
    .option("--json", "print one JSON document on stdout (docs/record.schema.json)")
    .action(async (folder: string, flags: { readonly json?: boolean }) => {
      const { judgeAndTell } = await import("./judge-actions.js");
      judgeAndTell(folder, flags.json === true);
    });
}
