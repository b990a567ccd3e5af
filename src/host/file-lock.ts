/**
 * A lock between processes: a file that names its holder's pid and is touched every few seconds. It is stale when the holder
 * is gone, or when it was not touched for a minute: after a crash of the machine the pid may belong to another program.
 */
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { systemCodeOf } from "../base/errors.js";

const TOUCH_MS = 5000;
const STALE_MS = 60_000;

export type LockAttempt =
  | { readonly release: () => void }
  /** Another process has it. */
  | { readonly heldBy: number };

/**
 * @param path of the lock file, in a folder that is there
 * @throws the system's own errors, but for the file's being there
 */
export function tryLock(path: string): LockAttempt {
  const token = `${process.pid} ${randomUUID()}\n`;
  while (!tryCreate(path, token)) {
    const holder = readHolder(path);
    if (holder && isHeld(holder)) return { heldBy: holder.pid };
    if (holder) removeStale(path, holder.token);
  }
  const timer = setInterval(() => touch(path), TOUCH_MS);
  timer.unref();
  return {
    release() {
      clearInterval(timer);
      if (readHolder(path)?.token === token) rmSync(path, { force: true });
    },
  };
}

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly touchedMs: number;
}

function tryCreate(path: string, token: string): boolean {
  try {
    writeFileSync(path, token, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false;
    throw error;
  }
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
