/** The files of modules that lie at the places where symbols were found. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

export interface ModulePlace {
  /** A module's file, or a folder. */
  readonly path: string;
  /** Whether folders below it are looked at, too: one that has a kernel in it may be somebody's home. */
  readonly isDeep: boolean;
}

/** By the module's name, the likeliest file first. */
export type ModuleFiles = ReadonlyMap<string, readonly string[]>;

const MODULE = /^(?<name>[\w.+-]+?)\.ko(?<debug>\.debug|\.full)?$/;
/** A distribution has 5,000 modules; an object directory of FreeBSD has 150,000 files beside them. */
const MAX_ENTRIES = 200_000;
const MAX_DEPTH = 12;
const MAX_ORDER_BYTES = 16 * 1024 * 1024;
/** What holds nothing but sources, or is as large as a disk. */
const NOT_ENTERED: readonly string[] = [".git", "node_modules", "source", "build"];

/** Reads folders, and no file of a module. A tree that built a Linux kernel says in `modules.order` what it built. */
export function listModuleFiles(places: readonly ModulePlace[]): ModuleFiles {
  const byName = new Map<string, string[]>();
  const budget = { entries: MAX_ENTRIES };
  for (const path of new Set(places.flatMap((place) => filesAt(place, budget)))) {
    const name = moduleName(path);
    if (name === undefined) continue;
    const known = byName.get(name) ?? [];
    // Beside one with debug information lies the one without.
    const at = hasDebugName(path) ? known.findIndex((one) => !hasDebugName(one)) : -1;
    known.splice(at < 0 ? known.length : at, 0, path);
    byName.set(name, known);
  }
  return byName;
}

/** Linux' names have `_` where the file's may have `-`. */
function moduleName(path: string): string | undefined {
  return MODULE.exec(basename(path))?.groups?.["name"]?.replaceAll("-", "_");
}

function hasDebugName(path: string): boolean {
  return !path.endsWith(".ko");
}

interface Budget {
  entries: number;
}

function filesAt({ path, isDeep }: ModulePlace, budget: Budget): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  const order = join(path, "modules.order");
  const built = existsSync(order) ? builtModules(path, order) : [];
  // A tree of sources has a hundred thousand files, and says itself what it built.
  const isWalked = isDeep && built.length === 0 && !existsSync(join(path, "Kbuild"));
  return isWalked ? walk(path, budget, 0) : [...flat(path), ...built];
}

/** Paths from the tree's top, of `.ko` files, or of `.o` files since Linux 6.3. */
function builtModules(tree: string, order: string): readonly string[] {
  if (statSync(order).size > MAX_ORDER_BYTES) return [];
  return readFileSync(order, "utf8")
    .split("\n")
    .filter((line) => /\.k?o$/.test(line))
    .map((line) => join(tree, line.replace(/\.k?o$/, ".ko")))
    .filter((path) => existsSync(path));
}

function flat(folder: string): readonly string[] {
  return read(folder)
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .filter((path) => moduleName(path) !== undefined);
}

function walk(folder: string, budget: Budget, depth: number): readonly string[] {
  const found: string[] = [];
  for (const entry of read(folder)) {
    if (budget.entries-- <= 0) break;
    const path = join(folder, entry.name);
    if (entry.isFile() && moduleName(path) !== undefined) found.push(path);
    else if (entry.isDirectory() && depth < MAX_DEPTH && !NOT_ENTERED.includes(entry.name))
      found.push(...walk(path, budget, depth + 1));
  }
  return found;
}

function read(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    // One that may not be read has nothing for us.
    return [];
  }
}

function readEntries(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
