/**
 * Where kernlane keeps things: one cache, keyed by content, and the runs beside the user's project.
 */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  statSync,
} from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LaneError, messageOf } from "../base/errors.js";
import { makeFolder } from "./make-folder.js";

/**
 * `$XDG_CACHE_HOME/kernlane`, `~/.cache/kernlane` without the variable (XDG Base Directory Specification). It may be read-only:
 * what it holds can be used all the same. A user without a home has it in the temporary folder.
 */
export function cacheFolder(): string {
  const named = process.env["XDG_CACHE_HOME"];
  // The specification has relative paths ignored.
  if (named !== undefined && isAbsolute(named)) return join(named, "kernlane");
  const home = homeFolder();
  return home === undefined ? temporaryFolder() : join(home, ".cache", "kernlane");
}

/**
 * Where processes tell each other what they hold: the cache, or a folder of this user's in the temporary folder where the cache
 * cannot be written.
 *
 * @throws LaneError `cache-not-writable` (host) when neither can be
 */
export function stateFolder(): string {
  const cache = cacheFolder();
  try {
    makeFolder(cache);
    accessSync(cache, constants.W_OK | constants.X_OK);
    return cache;
  } catch (error) {
    const other = temporaryFolder();
    try {
      claimPrivate(other);
      return other;
    } catch {
      throw new LaneError(
        "cache-not-writable",
        `neither ${cache} nor ${other} can be written: ${messageOf(error)}`,
        { facts: { path: cache }, cause: error },
      );
    }
  }
}

function homeFolder(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    // A user without an entry in the table of users, as in many containers.
    return undefined;
  }
}

function temporaryFolder(): string {
  return join(tmpdir(), `kernlane-of-${process.getuid?.() ?? userInfo().username}`);
}

/** Others may write to the temporary folder: what is there under this name may be theirs, or a link of theirs. */
function claimPrivate(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined)
    mkdirSync(folder, { mode: 0o700 });
  const found = lstatSync(folder);
  const isOwn = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !isOwn) throw new Error(`${folder} belongs to somebody else`);
  chmodSync(folder, 0o700);
}

/** Where runs go unless `--out` names another folder. */
export function defaultRunsFolder(): string {
  return resolve(".kernlane", "runs");
}

/** Where the crashes of all runs are counted. */
export function defaultCrashesFolder(): string {
  return resolve(".kernlane", "crashes");
}

/** The root of this package, which holds `package.json` and `dist/`, from source and from the build alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** The first program `name` in PATH, or `undefined`: a file that may be executed, as execvp(3) looks for it. */
export function findProgram(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    // Root may execute what has the bit for anybody, and access(2) knows that; a folder is no program for anyone.
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
