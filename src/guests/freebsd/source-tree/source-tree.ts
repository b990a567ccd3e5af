/**
 * A FreeBSD source tree, as far as kernlane has to know it: where it is and which release it makes.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { LaneError, messageOf, systemCodeOf } from "../../../base/errors.js";

export interface SourceTree {
  /** Absolute, symbolic links followed: the build derives the name of its object folder from this path. */
  readonly path: string;
  /** As `uname -r` of its kernel begins: `15.0-STABLE`; without a branch when the tree names none: `15.0`. */
  readonly release: string;
}

/** What every FreeBSD tree has that other BSDs have not all of, and what the overlay touches. */
const LANDMARKS = [
  "Makefile.inc1",
  "sys/amd64/conf/GENERIC",
  "sys/conf/files",
  "sys/conf/newvers.sh",
  "sys/conf/options",
  "sys/kern/syscalls.master",
] as const;

/** Before 13 the system call table has one line a call, and pointers without annotations. */
const OLDEST_MAJOR = 13;

/**
 * @throws LaneError `source-tree-not-found`, `source-tree-invalid`, `source-tree-too-old` (usage)
 * @example openSourceTree("/usr/src").release; // "15.0-STABLE"
 */
export function openSourceTree(folder: string): SourceTree {
  const path = realFolder(folder);
  const missing = LANDMARKS.filter((name) => !isFile(join(path, name)));
  if (missing.length > 0)
    throw notATree(path, `it has no ${missing.join(", no ")}`, { missing: missing.join(" ") });
  const version = readFileSync(join(path, "sys/conf/newvers.sh"), "latin1");
  const type = /^TYPE="([^"]*)"/m.exec(version)?.[1];
  if (type !== "FreeBSD")
    throw notATree(path, `sys/conf/newvers.sh says TYPE="${type ?? ""}"`, { type });
  const revision = /^REVISION="(\d+)(\.\d+)*"/m.exec(version);
  if (!revision) throw notATree(path, "sys/conf/newvers.sh names no REVISION");
  const branch = /^BRANCH="([A-Za-z0-9.-]+)"/m.exec(version)?.[1];
  const number = revision[0].slice('REVISION="'.length, -1);
  const release = branch === undefined ? number : `${number}-${branch}`;
  if (Number(revision[1]) < OLDEST_MAJOR) throw tooOld(path, release);
  return { path, release };
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    const absent = systemCodeOf(error) === "ENOENT";
    throw new LaneError(
      "source-tree-not-found",
      absent
        ? `${folder}: there is no such folder`
        : `${folder} cannot be read: ${messageOf(error)}`,
      { facts: { path: folder }, cause: error },
    );
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function notATree(
  path: string,
  found: string,
  facts: Readonly<Record<string, string | undefined>> = {},
): LaneError {
  return new LaneError("source-tree-invalid", `${path} is no FreeBSD source tree: ${found}`, {
    facts: { path, ...facts },
  });
}

function tooOld(path: string, release: string): LaneError {
  return new LaneError(
    "source-tree-too-old",
    `${path} is FreeBSD ${release}, expected ${OLDEST_MAJOR}.0 or later`,
    { facts: { path, release } },
  );
}
