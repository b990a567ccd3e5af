/**
 * Which column of a run's folder is meant by `kernlane console`, and whether its guest still runs.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import { findConsoleSocket } from "./column-console.js";

export interface RunConsole {
  /** The column's folder. */
  readonly folder: string;
  readonly kernel: string;
  /** Absent when no guest offers it: the run is over, or has not started it yet. */
  readonly socket?: string;
}

/** Whether a path is the folder of a run or of a column, and no lane's name. */
export function isRunFolder(path: string): boolean {
  return (
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true && columnsIn(path).length > 0
  );
}

/**
 * @param path the folder of a run or of one of its columns; of several columns the only one that runs is meant
 * @throws LaneError `console-ambiguous` (usage)
 */
export function findRunConsole(path: string): RunConsole {
  const columns = columnsIn(resolve(path)).map((folder): RunConsole => {
    const socket = findConsoleSocket(folder);
    return { folder, kernel: basename(folder), ...(socket === undefined ? {} : { socket }) };
  });
  const running = columns.filter((column) => column.socket !== undefined);
  const meant = columns.length === 1 ? columns : running;
  if (meant.length === 1) return meant[0]!;
  const names = columns.map(({ folder }) => folder).join(", ");
  throw new LaneError(
    "console-ambiguous",
    `one console is wanted, and ${path} has ${columns.length} columns, of which ${running.length} run: ${names}`,
  );
}

function columnsIn(folder: string): readonly string[] {
  const hasEvents = (one: string): boolean => existsSync(join(one, "events.jsonl"));
  if (hasEvents(folder)) return [folder];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter(hasEvents);
}
