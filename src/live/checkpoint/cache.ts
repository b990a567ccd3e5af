/**
 * The checkpoints of lanes, in `$XDG_CACHE_HOME/kernlane/checkpoints`: a folder for each key, made under another name and
 * renamed when it is whole, so that nobody ever finds half of one.
 */
import { readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LaneError } from "../../base/errors.js";
import { tryLock } from "../../host/file-lock.js";
import { openHold } from "../../host/ledger.js";
import { makeFolder } from "../../host/make-folder.js";
import { stateFolder } from "../../host/paths.js";
import { readCheckpoint, type KeptCheckpoint } from "./description.js";

export interface CacheBounds {
  readonly count: number;
  /** Of disk space. */
  readonly bytes: number;
}

/** A lane of a few kernels that are rebuilt all day leaves as many; a FreeBSD guest takes some 300 MB. */
const BOUNDS: CacheBounds = { count: 24, bytes: 8 * 1024 ** 3 };
const BLOCK_BYTES = 512;
const POLL_MS = 100;
const REMOVING = "removing-";
const KEY_FORM = /^[0-9a-f]{32}$/;

/** The lane's checkpoint, and notes that it was used; `undefined` where there is none that is whole. */
export function findCached(key: string): KeptCheckpoint | undefined {
  const folder = join(checkpointsFolder(), key);
  const found = readCheckpoint(folder);
  if (found) noteUse(folder);
  return found;
}

/**
 * Makes a checkpoint and keeps it, in the place of whatever is there under this key. Those that were not used for longest
 * go, as far as there are too many.
 *
 * @param make writes it into the folder
 * @throws what `make` throws; `checkpoint-damaged` (host) when somebody else changed it at once
 */
export async function keepInCache(
  key: string,
  make: (folder: string) => Promise<unknown>,
  bounds: CacheBounds = BOUNDS,
): Promise<KeptCheckpoint> {
  const folder = join(checkpointsFolder(), key);
  const partial = join(checkpointsFolder(), `making-${randomUUID()}`);
  const hold = await openHold("a checkpoint that was being made", [partial]);
  try {
    makeFolder(partial);
    await make(partial);
    dropCached(key);
    renameSync(partial, folder);
    removeUnused(bounds, key);
  } finally {
    await hold[Symbol.asyncDispose]();
  }
  return readCheckpoint(folder) ?? refuseDamaged(folder);
}

/** Removes one that no guest can resume from. */
export function dropCached(key: string): void {
  discard(join(checkpointsFolder(), key));
}

/**
 * Does the work while no other process works on this key.
 *
 * @throws LaneError `checkpoint-busy` (host) when another does for longer than `deadlineMs`
 */
export async function withKey<T>(
  key: string,
  deadlineMs: number,
  work: () => Promise<T>,
): Promise<T> {
  makeFolder(checkpointsFolder());
  const path = join(checkpointsFolder(), `${key}.lock`);
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const attempt = await tryLock(path);
    if ("release" in attempt) return work().finally(attempt.release);
    if (performance.now() > untilMs) throw busy(path, attempt.heldBy, deadlineMs);
    // A file tells nobody that it is gone.
    await delay(POLL_MS);
  }
}

function removeUnused({ count, bytes }: CacheBounds, keep: string): void {
  const folders = readdirSync(checkpointsFolder())
    .filter((name) => KEY_FORM.test(name) && name !== keep)
    .map((name) => join(checkpointsFolder(), name))
    .map((folder) => ({ folder, bytes: spaceOf(folder), usedMs: mtimeOf(folder) }))
    .sort((one, other) => other.usedMs - one.usedMs);
  let keptCount = 1;
  let keptBytes = spaceOf(join(checkpointsFolder(), keep));
  for (const one of folders) {
    keptCount += 1;
    keptBytes += one.bytes;
    if (keptCount > count || keptBytes > bytes) discard(one.folder);
  }
}

function spaceOf(folder: string): number {
  try {
    const files = readdirSync(folder).map((name) => statSync(join(folder, name)));
    return files.reduce((sum, { blocks }) => sum + blocks * BLOCK_BYTES, 0);
  } catch {
    // Another process removes it.
    return 0;
  }
}

function mtimeOf(folder: string): number {
  return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Guests that have its files open live on; nobody finds it half removed. What a killed process left half removed goes too. */
function discard(folder: string): void {
  try {
    renameSync(folder, join(checkpointsFolder(), `${REMOVING}${randomUUID()}`));
  } catch {
    // There is none.
  }
  for (const name of readdirSync(checkpointsFolder())) {
    if (!name.startsWith(REMOVING)) continue;
    rmSync(join(checkpointsFolder(), name), { recursive: true, force: true });
  }
}

function noteUse(folder: string): void {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // Another process removes it: who resumes from it will find that out.
  }
}

function checkpointsFolder(): string {
  return join(stateFolder(), "checkpoints");
}

function refuseDamaged(folder: string): never {
  throw new LaneError(
    "checkpoint-damaged",
    `the checkpoint ${folder} was changed or removed as soon as it was made`,
    { hint: "leave the cache alone while guests start", facts: { folder } },
  );
}

function busy(path: string, heldBy: string, deadlineMs: number): LaneError {
  return new LaneError(
    "checkpoint-busy",
    `another process (${heldBy}) has been making the same checkpoint for more than ${Math.round(deadlineMs / 1000)} s`,
    { facts: { path, heldBy } },
  );
}
