/**
 * A run judged again, from what it left behind.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import { readEvents } from "./event-log.js";
import type { StartedEvent } from "./events.js";
import { pick } from "./history.js";
import { recordColumn, recordRun, type ColumnRecord, type RunRecord } from "./record.js";

/**
 * Reads the `events.jsonl` of a run's columns, or of the one column whose folder is given. Nothing is written.
 *
 * @throws LaneError (usage) `not-a-run`, `events-damaged`
 */
export function judgeFolder(path: string): RunRecord {
  const folder = resolve(path);
  const columns = columnFolders(folder);
  if (columns.length === 0) {
    throw new LaneError(
      "not-a-run",
      `${folder} holds no events.jsonl, nor does a folder in it: expected the folder of a run`,
      { hint: "runs are kept in .kernlane/runs/ unless --out named another place" },
    );
  }
  const judged = columns.map(judgeColumn);
  const interrupted = judged.some((one) => one.interrupted);
  const [first] = judged;
  const records = judged.map((one) => one.record);
  return recordRun(first!.lane, folder, new Date(first!.startedAt), records, interrupted);
}

function columnFolders(folder: string): readonly string[] {
  if (existsSync(join(folder, "events.jsonl"))) return [folder];
  try {
    const names = readdirSync(folder).sort();
    return names
      .map((name) => join(folder, name))
      .filter((one) => existsSync(join(one, "events.jsonl")));
  } catch (error) {
    throw new LaneError("not-a-run", `${folder} cannot be read: ${messageOf(error)}`);
  }
}

interface JudgedColumn {
  readonly record: ColumnRecord;
  readonly lane: string;
  readonly startedAt: string;
  readonly interrupted: boolean;
}

function judgeColumn(folder: string): JudgedColumn {
  const path = join(folder, "events.jsonl");
  const events = readEvents(readFileSync(path, "utf8"), path);
  const [started] = pick(events, "started");
  const kernel = started?.kernel ?? basename(folder);
  return {
    record: recordColumn({ kernel, folder, consoleLog: findConsoleLog(folder, started) }, events),
    lane: started?.lane ?? "",
    startedAt: started?.startedAt ?? new Date(0).toISOString(),
    interrupted: pick(events, "interrupted").length > 0,
  };
}

/** The run may have been moved since; earlier versions wrote absolute paths. */
function findConsoleLog(folder: string, started: StartedEvent | undefined): string {
  const named = resolve(folder, started?.consoleLog ?? "console.log");
  const beside = join(folder, basename(named));
  return existsSync(named) || !existsSync(beside) ? named : beside;
}
