import { Command } from "commander";
import { styleFor, wantsColours } from "../report/style.js";
import { formatRun } from "../report/terminal.js";
import { judgeFolder } from "../run/judge-folder.js";
import { exitStatusOf } from "./exit-status.js";

export function judgeCommand(): Command {
  return new Command("judge")
    .description("judge a run again from its events.jsonl, without a machine")
    .argument("<rundir>", "the folder of a run, or of one of its columns")
    .option("--json", "print one JSON document on stdout (docs/record.schema.json)")
    .action((folder: string, flags: { readonly json?: boolean }) => {
      const record = judgeFolder(folder);
      if (flags.json) process.stdout.write(`${JSON.stringify(record, undefined, 2)}\n`);
      else
        process.stdout.write(
          formatRun(record, styleFor(wantsColours(process.stdout)), process.cwd()),
        );
      process.exitCode = exitStatusOf(record);
    });
}
