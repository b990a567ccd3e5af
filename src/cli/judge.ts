import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { exitStatusOf } from "./exit-status.js";
import { print, printJson } from "./output.js";

export function judgeCommand(): Command {
  return new Command("judge")
    .description("judge a run again from its events.jsonl, without a machine")
    .argument("<rundir>", "the folder of a run, or of one of its columns")
    .option("--json", "print one JSON document on stdout (docs/record.schema.json)")
    .action(judge);
}

async function judge(folder: string, flags: { readonly json?: boolean }): Promise<void> {
  const { refuseRunInProgress } = await import("../run/kept-runs.js");
  const { judgeFolder } = await import("../run/judge-folder.js");
  const { formatRun } = await import("../report/terminal.js");
  const { RECORD_FILE } = await import("../host/run-folder.js");
  const { styleFor, wantsColours } = await import("../report/style.js");
  await refuseRunInProgress(folder);
  const record = judgeFolder(folder);
  if (flags.json) printJson(record);
  else
    print(
      formatRun(record, styleFor(wantsColours(process.stdout)), process.cwd(), {
        hasRecord: existsSync(join(record.folder, RECORD_FILE)),
      }),
    );
  process.exitCode = exitStatusOf(record);
}
