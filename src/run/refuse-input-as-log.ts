/**
 * A console log that the user names is written from its beginning: it must be a file that can be written, in a folder that exists,
 * and none of those that the run reads.
 */
import { statSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { LaneError, systemCodeOf } from "../base/errors.js";
import type { RunPlan } from "./plan.js";

type LogPlan = Pick<RunPlan, "request" | "columns" | "folder">;

/**
 * @throws LaneError `out-not-writable` (usage) when a log would overwrite an image, a kernel or a lane's file, when it is a folder,
 *   or when the folder for it is missing: a path with a slip in it must not make folders
 */
export function refuseInputAsLog({ request, columns, folder }: LogPlan): void {
  const inputs = [
    ...(request.image === undefined ? [] : [request.image]),
    ...Object.values(request.files),
    ...columns.map(({ file }) => file.path),
  ];
  const known = new Map(inputs.map((path) => [identityOf(statOf(path)), path]));
  for (const { consoleLog } of columns) {
    const found = statOf(consoleLog);
    const input = found && known.get(identityOf(found));
    if (input !== undefined) {
      throw unfit(
        consoleLog,
        `the console's log ${consoleLog} would overwrite ${input}, which the run reads`,
      );
    }
    if (request.serialLog === undefined) continue;
    if (found?.isDirectory()) {
      throw unfit(consoleLog, `--serial-log: ${consoleLog} is a folder, expected a file`);
    }
    // The run makes its own folder.
    if (!`${consoleLog}/`.startsWith(`${folder}/`)) requireFolder(consoleLog);
  }
}

function requireFolder(log: string): void {
  const folder = dirname(log);
  const found = statOf(folder);
  if (found?.isDirectory()) return;
  const what = found === undefined ? "does not exist" : "is not a folder";
  throw unfit(log, `--serial-log: the folder ${folder} for ${log} ${what}`);
}

function unfit(path: string, message: string): LaneError {
  return new LaneError("out-not-writable", message, {
    hint: "name another file with --serial-log, in a folder that exists",
    facts: { path },
  });
}

/** Of the file itself, whatever links lead to it; nothing where none can be. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCodeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function identityOf(found: Stats | undefined): string | undefined {
  return found && `${found.dev}:${found.ino}`;
}
