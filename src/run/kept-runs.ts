/**
 * The runs that are kept in a folder: what they are, how much space they take, and their removal. A folder is a run's by its
 * marker; one that a live run or another host holds is never touched.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import * as z from "zod";
import { LaneError } from "../base/errors.js";
import { readJsonFile } from "../host/json-file.js";
import { readRunMarker, RECORD_FILE, removeRun, runHolder } from "../host/run-folder.js";
import { FROZEN_FOLDER } from "./frozen/description.js";
import { spaceOf } from "./space-of.js";

export interface KeptRun {
  readonly name: string;
  readonly path: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly columns: readonly string[];
  /** Of disk space. */
  readonly sizeBytes: number;
  /** How much of that its frozen guests take, see `kernlane autopsy`; 0 without one. */
  readonly frozenBytes: number;
  /** Who runs it now: `pid 4711`, `pid 12 on host builder`. */
  readonly heldBy: string | null;
  /** `null` without a record, and where the host was in the way of every kernel. */
  readonly verdict: string | null;
  /** None while it runs, and of one that was killed. */
  readonly hasRecord: boolean;
}

const recordSchema = z.object({ verdict: z.string().nullable() });

/** The runs in a folder, oldest first; anything else in it is passed over. */
export async function listRuns(folder: string): Promise<readonly KeptRun[]> {
  const runs: KeptRun[] = [];
  for (const name of namesIn(folder)) {
    const run = await readRun(join(folder, name));
    if (run) runs.push(run);
  }
  return runs.sort((one, other) => one.startedAt.localeCompare(other.startedAt));
}

/**
 * @param name of a run in the folder, or a path
 * @throws LaneError `run-unknown` (usage)
 */
export async function findRun(folder: string, name: string): Promise<KeptRun> {
  const path = /[/\\]/.test(name) ? resolve(name) : join(folder, name);
  const run = await readRun(path);
  if (run) return run;
  // A run that was made with --out is found by its path alone.
  const isHere = path !== resolve(name) && readRunMarker(resolve(name)) !== undefined;
  throw new LaneError("run-unknown", `${path} is not the folder of a run`, {
    ...(isHere ? { hint: `for the run in the working folder, give its path: ./${name}` } : {}),
    facts: { path },
  });
}

/**
 * A run that is under way has no verdict yet. One that has its record is over, though its lock may last a moment longer.
 *
 * @param path of a run's folder, or of a column's
 * @throws LaneError `run-in-progress` (usage)
 */
export async function refuseRunInProgress(path: string): Promise<void> {
  const folder = resolve(path);
  if (existsSync(join(folder, RECORD_FILE))) return;
  for (const run of [folder, dirname(folder)]) {
    const heldBy = readRunMarker(run) && (await runHolder(run));
    if (heldBy === undefined) continue;
    throw new LaneError("run-in-progress", `the run in ${run} has not ended: ${heldBy} runs it`, {
      facts: { folder: run, heldBy },
    });
  }
}

export interface Cleaning {
  readonly removed: readonly KeptRun[];
  /** Those that run now. */
  readonly left: readonly KeptRun[];
}

/** Removes the runs of a folder that are over and began before a time. */
export async function cleanRuns(folder: string, beforeMs: number): Promise<Cleaning> {
  const old = (await listRuns(folder)).filter((run) => Date.parse(run.startedAt) < beforeMs);
  const removed: KeptRun[] = [];
  const left: KeptRun[] = [];
  for (const run of old) {
    const isHeld = run.heldBy !== null || (await isTaken(run));
    (isHeld ? left : removed).push(run);
  }
  return { removed, left };
}

/** Whether a run began in it since it was looked at; it is removed if not. */
async function isTaken({ path }: KeptRun): Promise<boolean> {
  try {
    await removeRun(path);
    return false;
  } catch (error) {
    if (error instanceof LaneError && error.code === "out-in-use") return true;
    throw error;
  }
}

async function readRun(path: string): Promise<KeptRun | undefined> {
  const marker = readRunMarker(path);
  if (marker === undefined) return undefined;
  const { data: record } = recordSchema.safeParse(readJsonFile(join(path, RECORD_FILE)));
  return {
    name: basename(path),
    path,
    startedAt: marker.startedAt,
    columns: marker.columns,
    sizeBytes: spaceOf(path),
    frozenBytes: sumOf(marker.columns.map((name) => spaceOf(join(path, name, FROZEN_FOLDER)))),
    heldBy: (await runHolder(path)) ?? null,
    verdict: record?.verdict ?? null,
    hasRecord: record !== undefined,
  };
}

function sumOf(sizes: readonly number[]): number {
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No run was made there yet.
    return [];
  }
}
