/**
 * The folder of one run, and in it one folder a column.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { readJsonFile, writeJsonFile } from "./json-file.js";

export const RECORD_FILE = "record.json";

/** Written first: says that a folder is a run of ours, and which columns it has, so that the next run may replace them. */
const COLUMNS_FILE = "columns.json";
const columnsSchema = z.array(z.string().regex(/^[\w.-]+$/));

/**
 * Makes the folder of a run. An earlier run in it is replaced; a folder that holds anything else is refused.
 *
 * @param columns names of the columns, each of which gets a folder
 * @throws LaneError `out-not-writable`, `out-not-a-run` (usage)
 */
export function makeRunFolder(path: string, columns: readonly string[]): string {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw notWritable(folder, error);
  }
  removeEarlierRun(folder);
  writeJsonFile(join(folder, COLUMNS_FILE), columns);
  return folder;
}

function removeEarlierRun(folder: string): void {
  const present = readdirSync(folder);
  if (present.length === 0) return;
  const earlier = columnsSchema.safeParse(readJsonFile(join(folder, COLUMNS_FILE)));
  if (!earlier.success) {
    throw new LaneError(
      "out-not-a-run",
      `${folder} holds ${present.slice(0, 3).join(", ")}, expected an empty folder or an earlier run`,
      { facts: { folder } },
    );
  }
  for (const name of [...earlier.data, RECORD_FILE]) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** A file that is only appended to, each chunk written before the next is taken: nothing seen is lost by a crash. */
export interface Log extends Disposable {
  readonly path: string;
  append(bytes: Uint8Array | string): void;
}

/** @throws LaneError `out-not-writable` (usage); `append` throws `disk-full` (host) */
export function openLog(path: string): Log {
  let descriptor: number | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    descriptor = openSync(path, "w");
  } catch (error) {
    throw notWritable(path, error);
  }
  return {
    path,
    append(bytes) {
      if (descriptor === undefined) return;
      const data = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
      withDiskErrors(path, () => {
        for (let done = 0; done < data.length;) done += writeSync(descriptor!, data, done);
      });
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/** @throws LaneError `disk-full` or `write-failed` (host) instead of the system's own error */
export function withDiskErrors<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof LaneError) throw error;
    const full = systemCodeOf(error) === "ENOSPC" || systemCodeOf(error) === "EDQUOT";
    throw new LaneError(
      full ? "disk-full" : "write-failed",
      full ? `${path}: no space is left on its disk` : `${path}: ${messageOf(error)}`,
      {
        hint: full
          ? "free space there, or name another place with --out"
          : "name another place with --out",
        facts: { path },
        cause: error,
      },
    );
  }
}

function notWritable(path: string, error: unknown): LaneError {
  const reason =
    systemCodeOf(error) === "ENOTDIR" || existsSync(path)
      ? "is not a folder that can be written to"
      : "cannot be made";
  return new LaneError("out-not-writable", `${path} ${reason}: ${messageOf(error)}`, {
    facts: { path },
    cause: error,
  });
}
