/**
 * The folder of one run, and in it one folder a column.
 *
 * A folder is a run's by its marker, `run.json`, and by nothing else; a file in it is a run's by its name. As long as the run
 * lasts, `run.lock` says who is at work in it (file-lock.ts).
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { randomUUID } from "node:crypto";
import { join, resolve, sep } from "node:path";
import * as z from "zod";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { lockHolder, tryLock } from "./file-lock.js";
import { readJsonFile, writeJsonFile } from "./json-file.js";
import { makeFolder } from "./make-folder.js";
import { identifySelf, ownerSchema } from "./owner.js";

export const RECORD_FILE = "record.json";
const MARKER_FILE = "run.json";
const LOCK_FILE = "run.lock";

/** The rule for names of kernels: no path, nothing hidden. */
const columnName = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/);

const markerSchema = z.object({
  schema: z.literal("kernlane-run/1"),
  runId: z.uuid(),
  /** ISO 8601. */
  startedAt: z.string(),
  owner: ownerSchema,
  columns: z.array(columnName),
});
export type RunMarker = Readonly<z.infer<typeof markerSchema>>;

/** What a run writes into a column's folder, and the halves of it that a killed one leaves. */
const COLUMN_FILE =
  /^(console\.log|console\.json|events\.jsonl|record\.json|initramfs\.cpio|boot\.elf|d(isk|ump)\.(raw|qcow2)|memory|vmcore|(vmcore|textdump\.tar|info)\.0(\.gz|\.zst)?|kernel(\.debug)?)(\.[0-9a-f-]{36}(\.ordered)?)?$/;
/** Of checkpoints, and of a frozen guest. */
const MACHINE_FOLDER = /^(checkpoint-[0-9a-f]{8}|frozen(\.[0-9a-f-]{36})?)$/;
const MACHINE_FILE =
  /^(description\.json|memory|state|disk-\d{1,3}|console\.log)(\.[0-9a-f-]{36})?$/;
const RUN_FILE = /^(record|run)\.json(\.[0-9a-f-]{36})?$/;

/** A folder in which only this run writes, until it is disposed of. */
export interface RunFolder extends Disposable {
  readonly path: string;
}

/**
 * Makes the folder of a run, or takes that of an earlier run, whose files go; any other file stays as it is.
 *
 * @param columns names of the columns, each of which gets a folder
 * @throws LaneError `out-not-writable`, `out-not-a-run`, `out-in-use`, `bad-kernel-name` (usage)
 * @example using folder = await claimRunFolder(".kernlane/runs/mine", ["stock", "TWQDEBUG"]);
 */
export async function claimRunFolder(path: string, columns: readonly string[]): Promise<RunFolder> {
  const folder = resolve(path);
  columns.forEach(requireColumnName);
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw notWritable(folder, error);
  }
  requireEmptyOrRun(folder);
  const release = await lockRun(folder);
  try {
    removeRunFiles(folder, requireEmptyOrRun(folder)?.columns ?? []);
    const marker: RunMarker = {
      schema: "kernlane-run/1",
      runId: randomUUID(),
      startedAt: new Date().toISOString(),
      owner: await identifySelf(),
      columns: [...columns],
    };
    writeJsonFile(join(folder, MARKER_FILE), marker);
    return { path: folder, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error instanceof LaneError ? error : notWritable(folder, error);
  }
}

/** The marker of a run's folder, or `undefined` where the folder is none. */
export function readRunMarker(folder: string): RunMarker | undefined {
  return markerSchema.safeParse(readJsonFile(join(folder, MARKER_FILE))).data;
}

/** Who is at work in a run's folder: `pid 4711`; `undefined` for a run that is over. */
export function runHolder(folder: string): Promise<string | undefined> {
  return lockHolder(join(folder, LOCK_FILE));
}

/**
 * Removes a run that is over: its files, and its folders as far as they are empty then.
 *
 * @returns whether nothing is left of the folder
 * @throws LaneError `out-not-a-run`, `out-in-use` (usage); the system's own errors
 */
export async function removeRun(folder: string): Promise<boolean> {
  const release = await lockRun(folder);
  try {
    const marker = requireEmptyOrRun(folder);
    removeRunFiles(folder, marker?.columns ?? []);
    rmSync(join(folder, MARKER_FILE), { force: true });
  } finally {
    release();
  }
  return removeIfEmpty(folder);
}

async function lockRun(folder: string): Promise<() => void> {
  const lock = await tryLock(join(folder, LOCK_FILE));
  if ("release" in lock) return lock.release;
  throw new LaneError("out-in-use", `${folder} belongs to a run of ${lock.heldBy}`, {
    facts: { folder, heldBy: lock.heldBy },
  });
}

function requireColumnName(name: string): void {
  if (columnName.safeParse(name).success) return;
  throw new LaneError(
    "bad-kernel-name",
    `a column is called ${JSON.stringify(name)}, expected letters, digits, dots and dashes`,
  );
}

function requireEmptyOrRun(folder: string): RunMarker | undefined {
  const marker = readRunMarker(folder);
  const present = readdirSync(folder).filter((name) => !name.startsWith(LOCK_FILE));
  if (marker !== undefined || present.length === 0) return marker;
  throw new LaneError(
    "out-not-a-run",
    `${folder} holds ${present.slice(0, 3).join(", ")}, expected an empty folder or an earlier run`,
    { facts: { folder } },
  );
}

/** The marker stays: what a killed sweep leaves is still a run's. */
function removeRunFiles(folder: string, columns: readonly string[]): void {
  for (const column of columns) removeFolder(folder, column, removeColumnEntry);
  for (const name of readdirSync(folder)) {
    if (RUN_FILE.test(name) && name !== MARKER_FILE) removeFile(join(folder, name));
  }
}

function removeColumnEntry(folder: string, name: string): void {
  if (COLUMN_FILE.test(name)) removeFile(join(folder, name));
  if (MACHINE_FOLDER.test(name)) {
    removeFolder(folder, name, (saved, file) => {
      if (MACHINE_FILE.test(file)) removeFile(join(saved, file));
    });
  }
}

/** @throws LaneError `out-not-a-run` (usage) when it is a link or a file: what a link leads to is somebody else's */
function removeFolder(
  parent: string,
  name: string,
  removeEntry: (folder: string, name: string) => void,
): void {
  const folder = join(parent, name);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw new LaneError(
      "out-not-a-run",
      `${folder} is ${found.isSymbolicLink() ? "a symbolic link" : "a file"}, expected the folder of a run's column`,
      { facts: { folder } },
    );
  }
  for (const entry of readdirSync(folder)) removeEntry(folder, entry);
  removeIfEmpty(folder);
}

/** Of a link, the link itself. A folder of this name is nobody's that we know. */
function removeFile(path: string): void {
  if (lstatSync(path).isDirectory()) return;
  rmSync(path, { force: true });
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "EBUSY") return false;
    throw error;
  }
}

function notWritable(path: string, error: unknown): LaneError {
  const file = fileInTheWay(path);
  const reason =
    file !== undefined
      ? `${file} is a file, expected a folder`
      : existsSync(path)
        ? `${path} is a folder that cannot be written to: ${messageOf(error)}`
        : `${path} cannot be made: ${messageOf(error)}`;
  return new LaneError("out-not-writable", reason, { facts: { path }, cause: error });
}

/** What is no folder, of a path and those above it. */
function fileInTheWay(path: string): string | undefined {
  const parts = path.split(sep);
  const above = parts.map((_, index) => parts.slice(0, index + 1).join(sep)).slice(1);
  // The first one ends the search: nothing is below a file.
  return above.find((one) => existsSync(one) && !statSync(one).isDirectory());
}
