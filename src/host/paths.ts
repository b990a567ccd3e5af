/**
 * Where kernlane keeps things: one cache, keyed by content, and the runs beside the user's project.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** `$XDG_CACHE_HOME/kernlane`, `~/.cache/kernlane` without the variable (XDG Base Directory Specification). */
export function cacheFolder(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "kernlane");
}

/** Where runs go unless `--out` names another folder. */
export function defaultRunsFolder(): string {
  return resolve(".kernlane", "runs");
}

/** The root of this package, which holds `package.json` and `dist/`, from source and from the build alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** The first `name` in PATH, or `undefined`. */
export function findProgram(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}
