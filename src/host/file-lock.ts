/**
 * A lock between processes: a file that names its holder, as long as it is held.
 *
 * It is stale when its holder is dead, and never because of its age: a holder that was stopped for a minute still holds it. One
 * that another host or container holds cannot be judged here and counts as held. (proper-lockfile takes a lock away that was not
 * touched for some seconds, and knows no owner; that is why the locks are made here.)
 *
 * The file comes whole, by link(2), which gives a name to one process only. A stale lock is removed by whoever holds the lock on
 * its removal, `PATH.stale`, itself a lock of this kind.
 */
import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { systemCodeOf } from "../base/errors.js";
import { parseJson } from "./json-file.js";
import { describeOwner, identifySelf, ownerSchema, stateOf } from "./owner.js";
import { placeFile } from "./place-file.js";

export type LockAttempt =
  | { readonly release: () => void }
  /** Another has it: `pid 4711`, `pid 12 on host builder`. */
  | { readonly heldBy: string };

const lockSchema = z.object({ token: z.string(), owner: ownerSchema });
type Lock = z.infer<typeof lockSchema>;

/**
 * @param path of the lock file, in a folder that exists
 * @throws the system's own errors, also for a lock that may not be read
 */
export async function tryLock(path: string): Promise<LockAttempt> {
  const owner = await identifySelf();
  const lock: Lock = { token: randomUUID(), owner };
  for (;;) {
    if (createWhole(path, JSON.stringify(lock))) return { release: () => remove(path, lock) };
    const found = readLock(path);
    if (found === "gone") continue;
    if (found === "unknown") return { heldBy: `somebody whom ${path} does not name` };
    if ((await stateOf(found.owner)) !== "dead") {
      return { heldBy: describeOwner(found.owner, owner) };
    }
    const sweep = await tryLock(`${path}.stale`);
    if ("heldBy" in sweep) return sweep;
    remove(path, found);
    sweep.release();
  }
}

/** Who holds a lock now, as in {@link LockAttempt}; `undefined` when nobody does. */
export async function lockHolder(path: string): Promise<string | undefined> {
  const found = readLock(path);
  if (found === "gone") return undefined;
  if (found === "unknown") return `somebody whom ${path} does not name`;
  const state = await stateOf(found.owner);
  return state === "dead" ? undefined : describeOwner(found.owner, await identifySelf());
}

/**
 * Creates a file with this content, unless something has the name, a link that leads nowhere included.
 *
 * @returns whether it was created
 * @throws the system's own errors, but for the file's existence
 */
export function createWhole(path: string, content: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, content, { flag: "wx" });
    return placeFile(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function readLock(path: string): Lock | "gone" | "unknown" {
  try {
    const { data } = lockSchema.safeParse(parseJson(readFileSync(path, "utf8")));
    return data ?? "unknown";
  } catch (error) {
    if (systemCodeOf(error) !== "ENOENT") throw error;
    // A link that leads nowhere has the name all the same.
    return lstatSync(path, { throwIfNoEntry: false }) ? "unknown" : "gone";
  }
}

/** Only its holder removes a lock, or, once the holder is dead, who holds the lock on its removal. */
function remove(path: string, { token }: Lock): void {
  const found = readLock(path);
  if (typeof found === "object" && found.token === token) rmSync(path, { force: true });
}
