/**
 * The compiler that a FreeBSD tree is told of on a host which is no FreeBSD: even installkernel asks it for its version. The tree's own
 * variables name it (XCC, XCXX, XCPP, XLD; build(7)); where they are not set, clang is looked for.
 */
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { LaneError } from "../../../base/errors.js";

type Environment = Readonly<Record<string, string | undefined>>;

const TOOLS = { XCC: "clang", XCXX: "clang++", XCPP: "clang-cpp", XLD: "ld.lld" };
/** Debian and its kin keep each version in a folder of its own. */
const DEBIAN_FOLDER = "/usr/lib";
/** Homebrew's, for ARM and for Intel. */
const HOMEBREW = ["/opt/homebrew/opt/llvm/bin", "/usr/local/opt/llvm/bin"];

/**
 * What is to be added to the environment of make; nothing where the user named a compiler.
 *
 * @throws LaneError `cross-compiler-missing` (host)
 * @example crossCompiler(process.env).XCC // "/usr/bin/clang"
 */
export function crossCompiler(
  environment: Environment,
  folders: readonly string[] = compilerFolders(environment),
): Readonly<Record<string, string>> {
  if (environment["XCC"]) return {};
  const folder = clangFolder(folders);
  if (folder === undefined) throw missing(folders);
  const found = Object.entries(TOOLS).map(([name, tool]) => [name, join(folder, tool)] as const);
  return Object.fromEntries(found.filter(([name, path]) => !environment[name] && existsSync(path)));
}

/** The first of the folders with a whole set of tools, else with a clang, or `undefined`. */
export function clangFolder(folders: readonly string[]): string | undefined {
  const has = (folder: string, tools: readonly string[]): boolean =>
    tools.every((tool) => existsSync(join(folder, tool)));
  return (
    folders.find((folder) => has(folder, Object.values(TOOLS))) ??
    folders.find((folder) => has(folder, [TOOLS.XCC]))
  );
}

export function compilerFolders(environment: Environment): readonly string[] {
  const path = (environment["PATH"] ?? "").split(delimiter).filter((one) => one !== "");
  return [...path, ...versionsIn(DEBIAN_FOLDER), ...HOMEBREW];
}

/** The newest first. */
function versionsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => /^llvm-(\d+)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(folder, `llvm-${version}`, "bin"));
}

function missing(folders: readonly string[]): LaneError {
  return new LaneError(
    "cross-compiler-missing",
    `the tree asks for the compiler that it was built with: XCC is not set, and there is no clang in ${folders.join(", ")}`,
  );
}
