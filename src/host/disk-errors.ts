/**
 * Trouble with files, said so that the reader knows which file it is and what to do: nothing that a disk, a permission or a limit
 * can cause is a defect of kernlane.
 */
import { LaneError, messageOf, systemCodeOf } from "../base/errors.js";
import { cacheFolder } from "./paths.js";

/** @throws LaneError `disk-full` or `write-failed` (host) instead of the system's own error */
export function withDiskErrors<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw diskError(path, error);
  }
}

/** The error to throw for one that was met while `path` was written; an error of ours stays as it is. */
export function diskError(path: string, error: unknown): LaneError {
  if (error instanceof LaneError) return error;
  const isFull = FULL.has(systemCodeOf(error) ?? "");
  const place = path.startsWith(cacheFolder())
    ? "let XDG_CACHE_HOME name another place"
    : "name another place";
  return new LaneError(
    isFull ? "disk-full" : "write-failed",
    isFull ? `${path}: no space is left on its disk` : `${path}: ${messageOf(error)}`,
    {
      hint: isFull ? `free space there, or ${place}` : `check its permissions, or ${place}`,
      facts: { path },
      cause: error,
    },
  );
}

/**
 * What the operating system refused, as an error that says who must act; anything else as it is. For the places where everything
 * that was thrown arrives.
 */
export function withSystemErrors<E>(error: E): E | LaneError {
  if (error instanceof LaneError || !(error instanceof Error)) return error;
  const code = systemCodeOf(error);
  if (code === undefined || !REFUSALS.has(code)) return error;
  if (FULL.has(code)) {
    return new LaneError("disk-full", `no space is left on a disk: ${error.message}`, {
      hint: "free space there",
      cause: error,
    });
  }
  if ("syscall" in error && error.syscall === "uv_cwd") {
    return new LaneError(
      "working-folder-missing",
      "the working folder was deleted or cannot be read",
      { cause: error },
    );
  }
  const hint = HINTS[code];
  return new LaneError("system-refused", error.message, {
    ...(hint === undefined ? {} : { hint }),
    facts: { code },
    cause: error,
  });
}

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What the operating system refuses for reasons of its own, wherever it is met: permissions, space, limits, a bad disk. */
const REFUSALS = new Set(
  "EACCES EPERM EROFS ENOSPC EDQUOT EMFILE ENFILE ENOMEM EAGAIN EIO EBUSY ELOOP ENAMETOOLONG ENOENT ENOTDIR EISDIR EFBIG ETXTBSY ESTALE".split(
    " ",
  ),
);

const HINTS: Readonly<Record<string, string>> = {
  EACCES: "check the permissions of that file and of the folders above it",
  EPERM: "check the owner and the permissions of that file",
  EROFS: "that file system is read-only: name another place",
  EMFILE: "too many files are open: raise the limit with ulimit -n",
  ENFILE: "too many files are open on this host",
  ENOMEM: "this host is out of memory",
  EAGAIN: "this host has no more processes or memory to give: see ulimit -u",
  ENAMETOOLONG: "use shorter names, or a folder nearer to the root",
};
