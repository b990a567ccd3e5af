/**
 * A lock on a folder of the cache, so that two fetches do not write the same files.
 *
 * The lock is a file that names its holder's pid and is touched every few seconds. It is stale when the holder is gone, or when it
 * was not touched for a minute: after a crash of the machine the pid may belong to another program.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { LaneError, systemCodeOf } from "../base/errors.js";
import { withCacheErrors } from "./cache-errors.js";

const TOUCH_MS = 5000;
const STALE_MS = 60_000;

/**
 * Does the work while no other kernlane is at work in the folder, which is made where it is missing; one that is empty
 * afterwards goes again.
 *
 * @param what for the refusal: `freebsd-15.0-release`
 * @throws LaneError `image-busy` (usage) when another process holds the lock; `write-failed` (host)
 * @example await withFolderLock(imageFolder(name), name, () => fetchInto(folder));
 */
export async function withFolderLock<T>(
  folder: string,
  what: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const release = lockFolder(folder, what);
  try {
    return await work();
  } finally {
    release();
  }
}

function lockFolder(folder: string, what: string): () => void {
  const path = join(folder, "lock");
  const token = `${process.pid} ${randomUUID()}\n`;
  withCacheErrors(folder, () => mkdirSync(folder, { recursive: true }));
  while (!tryCreate(path, token)) {
    const holder = readHolder(path);
    if (holder && isHeld(holder)) throw busy(path, what, holder.pid);
    if (holder) removeStale(path, holder.token);
  }
  const timer = setInterval(() => touch(path), TOUCH_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (readHolder(path)?.token !== token) return;
    rmSync(path, { force: true });
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  };
}

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly touchedMs: number;
}

function tryCreate(path: string, token: string): boolean {
  return withCacheErrors(path, () => {
    try {
      writeFileSync(path, token, { flag: "wx" });
      return true;
    } catch (error) {
      if (systemCodeOf(error) === "EEXIST") return false;
      throw error;
    }
  });
}

function readHolder(path: string): Holder | undefined {
  try {
    const token = readFileSync(path, "utf8");
    return { token, pid: Number.parseInt(token, 10), touchedMs: statSync(path).mtimeMs };
  } catch {
    return undefined;
  }
}

function isHeld({ pid, touchedMs }: Holder): boolean {
  if (Date.now() - touchedMs > STALE_MS) return false;
  // Between its creation and its first byte a lock is empty: it is being taken right now.
  if (Number.isNaN(pid)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCodeOf(error) === "EPERM";
  }
}

/** Whoever renames the stale lock removes it; a fresh one that was taken for it in the meantime is put back. */
function removeStale(path: string, token: string): void {
  const moved = `${path}.${randomUUID()}`;
  try {
    renameSync(path, moved);
  } catch {
    return;
  }
  if (readHolder(moved)?.token === token) rmSync(moved, { force: true });
  else renameSync(moved, path);
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The folder was removed by hand: there is nothing left to guard.
  }
}

function busy(path: string, what: string, pid: number): LaneError {
  return new LaneError({
    code: "image-busy",
    who: "usage",
    message: `${what} is being fetched or removed by another kernlane (pid ${pid})`,
    hint: "wait for it to end, or end it",
    facts: { path, pid },
  });
}
