/**
 * A run judged again, from what it left behind.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LaneError, messageOf } from "../base/errors.js";
import { readRunMarker } from "../host/run-folder.js";
import { comparesColumns } from "./compare-columns.js";
import { readEvents } from "./event-log.js";
import type { LaneEvent, StartedEvent } from "./events.js";
import { fitSymbols, proofOfHistory } from "./column-symbols.js";
import { pick, readHistory } from "./history.js";
import { keptBuildId, withKeptPlaces } from "./kept-places.js";
import {
  recordColumn,
  recordRun,
  type ColumnPlace,
  type ColumnRecord,
  type RunRecord,
} from "./record.js";
import { addSourceLines } from "./source-lines.js";
import { symbolTools } from "./symbol-tools.js";

/**
 * Reads the `events.jsonl` of a run's columns, or of the one column whose folder is given. Nothing is written.
 *
 * @throws LaneError (usage) `not-a-run`, `events-incomplete`, `events-damaged`
 */
export function judgeFolder(path: string): RunRecord {
  const { folder, read, records } = judgeColumns(path);
  const kept = records.map((record, index) => {
    const { events } = read[index]!;
    return pick(events, "started").length === 0
      ? record
      : withKeptPlaces(record, readHistory(events));
  });
  return runOf(folder, read, kept);
}

/**
 * As {@link judgeFolder}, with source lines by these symbols: a run may have been made where they were not. Columns of whose kernel they
 * are not keep the lines that the run found.
 *
 * @param named files and folders; each has to be of one of the kernels that ran
 * @throws LaneError also those of `findSymbols` (image)
 */
export async function judgeFolderBy(path: string, named: readonly string[]): Promise<RunRecord> {
  const { folder, read, records } = judgeColumns(path);
  const columns = records.flatMap((record, index) => {
    const { events } = read[index]!;
    if (pick(events, "started").length === 0) return [];
    const seen = readHistory(events);
    const proof = proofOfHistory(seen);
    const query = { proof: { ...proof, buildId: proof.buildId ?? keptBuildId(record) } };
    return [{ record, seen, query }];
  });
  const given = await fitSymbols(columns, named);
  const resolved = new Map<ColumnRecord, ColumnRecord>();
  for (const [index, { record, seen, query }] of columns.entries()) {
    const asked = { ...query, given: given[index]! };
    const told = await addSourceLines(record, seen, asked, symbolTools);
    // Symbols of another column's kernel, or of a module alone, take away nothing that the run has found.
    const isOfKernel = told.symbols?.file != null;
    resolved.set(record, isOfKernel ? told : withKeptPlaces(record, seen));
  }
  return runOf(
    folder,
    read,
    records.map((record) => resolved.get(record) ?? record),
  );
}

interface JudgedColumns {
  readonly folder: string;
  readonly read: readonly ReadColumn[];
  readonly records: readonly ColumnRecord[];
}

function judgeColumns(path: string): JudgedColumns {
  const folder = resolve(path);
  const columns = columnFolders(folder);
  if (columns.length === 0) {
    throw new LaneError(
      "not-a-run",
      `${folder} holds no events.jsonl, nor does a folder in it: expected the folder of a run`,
      { hint: "runs are kept in .kernlane/runs/ unless --out named another place" },
    );
  }
  if (!columns.some(hasEvents)) {
    throw new LaneError(
      "events-incomplete",
      `the run in ${folder} ended before anything was observed: none of its kernels has an events.jsonl`,
    );
  }
  const read = columns.map(readColumn);
  const beside = columns[0] === folder ? columnsBeside(read[0]!) : read;
  const alone = beside.map(({ place, events }) => recordColumn(place, events));
  const records = read.map(({ place, events }) => recordColumn(place, events, alone));
  return { folder, read, records };
}

function runOf(
  folder: string,
  read: readonly ReadColumn[],
  records: readonly ColumnRecord[],
): RunRecord {
  const interrupted = read.some(({ events }) => pick(events, "interrupted").length > 0);
  const [started] = read.flatMap(({ events }) => pick(events, "started"));
  const startedAt = new Date(started?.startedAt ?? 0);
  return recordRun(started?.lane ?? "", folder, startedAt, records, interrupted);
}

/** Of a run all that it was to have: one that was never started must not be overlooked. */
function columnFolders(folder: string): readonly string[] {
  if (hasEvents(folder)) return [folder];
  const planned = readRunMarker(folder)?.columns;
  if (planned) return planned.map((name) => join(folder, name));
  try {
    const names = readdirSync(folder).sort();
    return names.map((name) => join(folder, name)).filter(hasEvents);
  } catch (error) {
    throw new LaneError("not-a-run", `${folder} cannot be read: ${messageOf(error)}`);
  }
}

function hasEvents(folder: string): boolean {
  return existsSync(join(folder, "events.jsonl"));
}

interface ReadColumn {
  readonly place: ColumnPlace;
  readonly events: readonly LaneEvent[];
}

function readColumn(folder: string): ReadColumn {
  const path = join(folder, "events.jsonl");
  const events = hasEvents(folder) ? readEvents(readFileSync(path, "utf8"), path) : [];
  const [started] = pick(events, "started");
  const kernel = started?.kernel ?? basename(folder);
  return { place: { kernel, folder, consoleLog: findConsoleLog(folder, started) }, events };
}

/** The columns of the run that a column's folder belongs to, where it has something to compare itself with. */
function columnsBeside(column: ReadColumn): readonly ReadColumn[] {
  const { folder, kernel } = column.place;
  const run = dirname(folder);
  const planned = readRunMarker(run)?.columns ?? [];
  const compares = pick(column.events, "started").some(({ steps }) => steps.some(comparesColumns));
  if (!compares || !planned.includes(kernel)) return [column];
  return planned
    .map((name) => join(run, name))
    .filter(hasEvents)
    .map(readColumn);
}

/** The run may have been moved since; earlier versions wrote absolute paths. */
function findConsoleLog(folder: string, started: StartedEvent | undefined): string {
  const named = resolve(folder, started?.consoleLog ?? "console.log");
  const beside = join(folder, basename(named));
  return existsSync(named) || !existsSync(beside) ? named : beside;
}
