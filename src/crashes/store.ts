/**
 * The folder of the crashes, `.kernlane/crashes/`. Who writes there holds its lock, so that runs that end at once lose no count; who
 * reads needs none, for a file is replaced whole. What is damaged, or is no crash's, is named and left alone.
 */
import { lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { tryLock } from "../host/file-lock.js";
import { parseJson, writeJsonFile } from "../host/json-file.js";
import { makeFolder } from "../host/make-folder.js";
import { crashSchema } from "./crash-schema.js";
import { CRASH_FILE, crashId, idOf, type Crash } from "./crash.js";

const LOCK_FILE = "crashes.lock";
const LOCK_DEADLINE_MS = 20_000;
const LOCK_POLL_MS = 20;

/** A crash's file is a tenth of that at most. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** What a writer that was killed leaves of a file. */
const LEFTOVER = /^crash\.json\.[0-9a-f-]{36}$/;

/** What was found under a title's name. */
export type FoundCrash =
  | { readonly crash: Crash }
  | "missing"
  /** It is not ours, or not whole: why, in words that begin with its path. */
  | { readonly damage: string };

export interface KeptCrashes {
  /** The one that was seen last comes last. */
  readonly crashes: readonly KeptCrash[];
  /** A sentence for each thing that is no crash of ours. */
  readonly leftAlone: readonly string[];
}

export interface KeptCrash extends Crash {
  /** The name of its folder. */
  readonly id: string;
}

/** All crashes of a folder; none where there is no folder. */
export function listCrashes(folder: string): KeptCrashes {
  const crashes: KeptCrash[] = [];
  const leftAlone: string[] = [];
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (name.startsWith(LOCK_FILE)) continue;
    const found = crashId.test(name) ? readCrash(folder, name) : { damage: `${path} is no crash` };
    if (found === "missing") leftAlone.push(`${path} holds no ${CRASH_FILE}`);
    else if ("damage" in found) leftAlone.push(found.damage);
    else crashes.push({ id: name, ...found.crash });
  }
  crashes.sort((one, other) => one.lastSeen.localeCompare(other.lastSeen));
  return { crashes, leftAlone };
}

/** The names of the folders, whatever is in them. */
export function listCrashIds(folder: string): readonly string[] {
  return namesIn(folder).filter((name) => crashId.test(name));
}

/**
 * @param name an id, the first digits of one, or a title
 * @throws LaneError `crash-unknown` (usage), also where the digits are those of several or its file is damaged
 */
export function findCrash(folder: string, name: string): KeptCrash {
  const { crashes, leftAlone } = listCrashes(folder);
  const found = crashes.filter(({ id, title }) => title === name || id.startsWith(name));
  const [first] = found.length > 1 ? found.filter(({ title }) => title === name) : found;
  if (first) return first;
  const damage = leftAlone.find((sentence) => sentence.startsWith(join(folder, name)));
  throw new LaneError(
    "crash-unknown",
    found.length > 1
      ? `${name} begins the ids of ${found.length} crashes: ${found.map(({ id }) => id).join(", ")}`
      : (damage ?? `no crash in ${folder} has the id or the title ${JSON.stringify(name)}`),
    {
      ...(found.length === 0 && damage !== undefined ? { hint: DAMAGED } : {}),
      facts: { folder, name },
    },
  );
}

const DAMAGED = "remove its folder by hand; the crash is then counted anew";

/** Never throws for what is found. */
export function readCrash(folder: string, id: string): FoundCrash {
  const path = join(folder, id, CRASH_FILE);
  try {
    const place = lstatSync(join(folder, id), { throwIfNoEntry: false });
    if (place === undefined) return "missing";
    if (!place.isDirectory()) return { damage: `${join(folder, id)} is no folder` };
    const file = lstatSync(path, { throwIfNoEntry: false });
    if (file === undefined) return "missing";
    if (!file.isFile()) return { damage: `${path} is no file` };
    if (file.size > MAX_FILE_BYTES) return { damage: `${path} is too large: ${file.size} bytes` };
    const { data } = crashSchema.safeParse(parseJson(readFileSync(path, "utf8")));
    if (data === undefined) return { damage: `${path} is damaged` };
    return idOf(data.title) === id ? { crash: data } : { damage: `${path} is of another title` };
  } catch (error) {
    return { damage: `${path} cannot be read: ${messageOf(error)}` };
  }
}

/** Replaces the file of one crash. Only under the lock. */
export function writeCrash(folder: string, crash: Crash): void {
  const place = join(folder, idOf(crash.title));
  makeFolder(place);
  for (const name of namesIn(place).filter((one) => LEFTOVER.test(one)))
    rmSync(join(place, name), { force: true });
  writeJsonFile(join(place, CRASH_FILE), crash);
}

/**
 * Removes one crash: its file, and its folder unless something else lies there.
 *
 * @returns whether nothing is left of the folder
 * @throws LaneError `crashes-locked` (host)
 */
export async function removeCrash(folder: string, id: string): Promise<boolean> {
  return whileLocked(folder, () => {
    const place = join(folder, id);
    for (const name of namesIn(place)) {
      if (name === CRASH_FILE || LEFTOVER.test(name)) rmSync(join(place, name), { force: true });
    }
    try {
      rmdirSync(place);
      return true;
    } catch (error) {
      if (systemCodeOf(error) === "ENOENT") return true;
      if (["ENOTEMPTY", "EEXIST"].includes(systemCodeOf(error) ?? "")) return false;
      throw error;
    }
  });
}

/**
 * Does something while nobody else writes. The work is short and waits for nothing.
 *
 * @throws LaneError `crashes-locked` (host) when another has the lock for long; the system's own errors
 */
export async function whileLocked<Result>(folder: string, work: () => Result): Promise<Result> {
  makeFolder(folder);
  const path = join(folder, LOCK_FILE);
  const untilMs = performance.now() + LOCK_DEADLINE_MS;
  for (;;) {
    const lock = await tryLock(path);
    if ("release" in lock) {
      try {
        return work();
      } finally {
        lock.release();
      }
    }
    if (performance.now() > untilMs) {
      throw new LaneError("crashes-locked", `${folder} is being written by ${lock.heldBy}`, {
        facts: { path, heldBy: lock.heldBy },
      });
    }
    await delay(LOCK_POLL_MS * (0.5 + Math.random()));
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) return [];
    throw error;
  }
}
