/**
 * What `kernlane judge` does, apart from its command line: loaded only when it is asked for.
 */
import { styleFor, wantsColours } from "../report/style.js";
import { formatRun } from "../report/terminal.js";
import { judgeFolder } from "../run/judge-folder.js";
import { exitStatusOf } from "./exit-status.js";

export function judgeAndTell(folder: string, json: boolean): void {
  const record = judgeFolder(folder);
  const text = json
    ? `${JSON.stringify(record, undefined, 2)}\n`
    : formatRun(record, styleFor(wantsColours(process.stdout)), process.cwd());
  process.stdout.write(text);
  process.exitCode = exitStatusOf(record);
}
