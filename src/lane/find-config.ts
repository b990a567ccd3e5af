/**
 * Where the config is: in the working folder, or in a folder above it up to the root of the repository.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LaneError } from "../base/errors.js";

export const CONFIG_NAMES = ["ts", "mts", "cts", "mjs", "js", "cjs"].map(
  (extension) => `kernlane.config.${extension}`,
);

/**
 * The nearest config. Folders above the working folder are looked into only inside of a repository: a file that somebody left in
 * /tmp is not run.
 *
 * @throws LaneError `config-ambiguous` (usage)
 */
export function findConfig(from: string): string | undefined {
  for (const folder of foldersToSearch(resolve(from))) {
    const found = configsIn(folder);
    if (found.length > 1)
      throw new LaneError(
        "config-ambiguous",
        `${folder} has ${found.length} configs: ${found.join(", ")}`,
      );
    if (found.length === 1) return join(folder, found[0]!);
  }
  return undefined;
}

/** The folder itself, then its parents up to the one with `.git`; the folder alone where there is none. */
function foldersToSearch(folder: string): readonly string[] {
  const folders = [folder];
  for (let current = folder; ;) {
    if (existsSync(join(current, ".git"))) return folders;
    const parent = dirname(current);
    if (parent === current) return [folder];
    folders.push(parent);
    current = parent;
  }
}

function configsIn(folder: string): readonly string[] {
  try {
    const present = new Set(readdirSync(folder));
    return CONFIG_NAMES.filter((name) => present.has(name));
  } catch {
    // A folder that may not be read has no config for us.
    return CONFIG_NAMES.filter((name) => existsSync(join(folder, name)));
  }
}
