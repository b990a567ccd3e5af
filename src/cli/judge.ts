import { existsSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { exitStatusOf } from "./exit-status.js";
import { symbolsOption } from "./options.js";
import { print, printJson } from "./output.js";

export function judgeCommand(): Command {
  return new Command("judge")
    .description("judge a run again from its events.jsonl, without a machine")
    .argument("<rundir>", "the folder of a run, or of one of its columns")
    .addOption(symbolsOption("the source lines that the run itself found"))
    .option("--json", "print one JSON document on stdout (docs/record.schema.json)")
    .action(judge);
}

interface Flags {
  readonly json?: boolean;
  readonly symbols?: readonly string[];
}

async function judge(folder: string, flags: Flags): Promise<void> {
  const { refuseRunInProgress } = await import("../run/kept-runs.js");
  const { judgeFolder, judgeFolderBy } = await import("../run/judge-folder.js");
  const { formatRun } = await import("../report/terminal.js");
  const { RECORD_FILE } = await import("../host/run-folder.js");
  const { styleFor, wantsColours } = await import("../report/style.js");
  await refuseRunInProgress(folder);
  const record = flags.symbols ? await judgeFolderBy(folder, flags.symbols) : judgeFolder(folder);
  if (flags.json) printJson(record);
  else
    print(
      formatRun(record, styleFor(wantsColours(process.stdout)), process.cwd(), {
        hasRecord: existsSync(join(record.folder, RECORD_FILE)),
      }),
    );
  process.exitCode = exitStatusOf(record);
}
