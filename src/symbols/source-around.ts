/** The lines of the source around a place, where this host has them. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { extname, isAbsolute, join, normalize, sep } from "node:path";
import type { SourceExcerpt, SourcePlace } from "./symbols.js";

const LINES_AROUND = 2;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_LINE_LENGTH = 400;
/** Debug information may name any file of this host, and what is shown of a file may go far. */
const SOURCES: readonly string[] = [
  ...[".c", ".h", ".s", ".S", ".m", ".y", ".l", ".inc", ".def", ".tbl"],
  ...[".cc", ".cpp", ".cxx", ".hh", ".hpp", ".rs", ".in"],
];

/**
 * `undefined` where the file is missing, is no regular file, or has no such line. Never throws.
 *
 * @param tree where the sources are, if not where they were compiled: the file is looked for by the end of its path, at least a folder and its name
 * @example sourceAround({ function: "fault_oops", file: "/build/kernel/twq/faults.c", line: 46 }, "kernel/linux")?.path
 * // "kernel/linux/twq/faults.c"
 */
export function sourceAround(place: SourcePlace, tree?: string): SourceExcerpt | undefined {
  if (!SOURCES.includes(extname(place.file))) return undefined;
  for (const path of tree === undefined ? [place.file] : tails(place.file, tree)) {
    const found = read(path, place.line, tree);
    if (found !== undefined) return found;
  }
  return undefined;
}

function tails(file: string, tree: string): readonly string[] {
  const parts = normalize(file)
    .split(sep)
    .filter((part) => part !== "" && part !== "..");
  const shortest = isAbsolute(file) || parts.length > 1 ? 2 : 1;
  const lengths = Array.from(
    { length: Math.max(0, parts.length - shortest + 1) },
    (_, index) => index,
  );
  return lengths.map((from) => join(tree, ...parts.slice(from)));
}

function read(path: string, line: number, tree: string | undefined): SourceExcerpt | undefined {
  try {
    if (tree === undefined && !isAbsolute(path)) return undefined;
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return undefined;
    // A link may lead out of the tree.
    if (tree !== undefined && !realpathSync(path).startsWith(realpathSync(tree) + sep))
      return undefined;
    const all = readFileSync(path, "utf8").split(/\r?\n/);
    if (line < 1 || line > all.length) return undefined;
    const from = Math.max(0, line - 1 - LINES_AROUND);
    const lines = all
      .slice(from, line + LINES_AROUND)
      .map((text) => text.slice(0, MAX_LINE_LENGTH));
    return { path, firstLine: from + 1, lines };
  } catch {
    // Between two looks it may have gone; without its lines the place is still true.
    return undefined;
  }
}
