/** A console log that the user names is written from its beginning: it must not be one of the files that the run reads. */
import { statSync } from "node:fs";
import { LaneError } from "../base/errors.js";
import type { RunPlan } from "./plan.js";

/** @throws LaneError `out-not-writable` (usage) when a log would overwrite an image, a kernel or a lane's file */
export function refuseInputAsLog({ request, columns }: Pick<RunPlan, "request" | "columns">): void {
  const inputs = [
    ...(request.image === undefined ? [] : [request.image]),
    ...Object.values(request.files),
    ...columns.map(({ file }) => file.path),
  ];
  const known = new Map(inputs.map((path) => [identityOf(path), path]));
  for (const { consoleLog } of columns) {
    const identity = identityOf(consoleLog);
    const input = identity === undefined ? undefined : known.get(identity);
    if (input === undefined) continue;
    throw new LaneError(
      "out-not-writable",
      `the console's log ${consoleLog} would overwrite ${input}, which the run reads`,
      { hint: "name another file with --serial-log", facts: { path: consoleLog } },
    );
  }
}

/** The file itself, whatever links lead to it. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
