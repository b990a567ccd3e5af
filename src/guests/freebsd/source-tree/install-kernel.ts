/**
 * Lets a FreeBSD source tree install the kernel that was built from it into a scratch folder, as any user: the files
 * keep their places (`boot/<SLOT>/kernel`) and can be staged from there. Nothing outside of that folder is installed.
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { LaneError, messageOf } from "../../../base/errors.js";
import { checkSlotName } from "../slot-name.js";
import { makeFolder } from "../../../host/make-folder.js";
import { startProcess, type ProcessExit } from "../../../host/process.js";
import { findModules } from "../modules.js";
import { crossCompiler } from "./cross-compiler.js";
import { findMake } from "./find-make.js";
import { findKernelInObjdir, requireConfName } from "./objdir.js";
import { openTail, type Tail } from "./output-tail.js";
import { openSourceTree } from "./source-tree.js";

export interface InstallOptions {
  readonly sourceDir: string;
  /** KERNCONF, such as `TWQDEBUG`. */
  readonly conf: string;
  /** The folder under `boot/`; the configuration's name if absent. */
  readonly slot?: string;
  /** MAKEOBJDIRPREFIX; that of the environment if absent, else `/usr/obj`. */
  readonly objdirPrefix?: string;
  /** The scratch folder, made if absent; otherwise empty, or left by an earlier install. */
  readonly destDir: string;
  /** Whether the modules that were built with the kernel are installed too. */
  readonly withModules?: boolean;
  /** Given each piece of what make prints, in order. */
  readonly onOutput?: (bytes: Buffer) => void;
  readonly signal?: AbortSignal;
}

export interface InstalledKernel {
  /** Absolute path of the kernel file. */
  readonly kernel: string;
  /** Absolute paths of the `.ko` files beside it, sorted; empty without `withModules`. */
  readonly modules: readonly string[];
}

const DEFAULT_OBJDIR = "/usr/obj";
/** What installkernel leaves at the top of DESTDIR: the kernel, its debug file, and the list of files under NO_ROOT. */
const SCRATCH_ENTRIES: ReadonlySet<string> = new Set(["boot", "usr", "METALOG"]);
/** How long make has to end by itself after an interrupt. */
const GRACE_MS = 5_000;

/**
 * @throws LaneError those of {@link openSourceTree}, {@link findKernelInObjdir}, {@link findMake}, {@link crossCompiler},
 *   {@link findModules} and {@link checkSlotName}; `install-dest-not-scratch`, `install-dest-unwritable` (usage); `installkernel-failed` (image)
 * @throws the signal's reason when it is aborted
 * @example
 * await installKernel({ sourceDir: "/usr/src", conf: "TWQDEBUG", destDir: "/tmp/scratch" });
 * // { kernel: "/tmp/scratch/boot/TWQDEBUG/kernel", modules: [] }
 */
export async function installKernel(options: InstallOptions): Promise<InstalledKernel> {
  options.signal?.throwIfAborted();
  requireConfName(options.conf);
  const slot = checkSlotName(options.slot ?? options.conf);
  const tree = openSourceTree(options.sourceDir);
  const objdirPrefix = resolve(
    options.objdirPrefix ?? (process.env["MAKEOBJDIRPREFIX"] || DEFAULT_OBJDIR),
  );
  const built = findKernelInObjdir({ objdirPrefix, conf: options.conf, sourceDir: tree.path });
  const make = findMake(process.platform, objdirPrefix);
  const compiler = isCross() ? crossCompiler(process.env) : {};
  const whichModules = options.withModules ? builtModules(built, tree.path) : ["NO_MODULES=yes"];
  const destDir = openScratch(options.destDir);
  const argv = [
    ...[make, "-C", tree.path, "installkernel", `KERNCONF=${options.conf}`],
    ...[`INSTKERNNAME=${slot}`, ...whichModules],
    ...["-DNO_ROOT", `DESTDIR=${destDir}`, ...crossArguments(tree.path)],
  ];
  const tail = openTail();
  const env = { ...process.env, ...compiler, MAKEOBJDIRPREFIX: objdirPrefix };
  const exit = await runMake(argv, env, tail, options);
  const kernel = join(destDir, "boot", slot, "kernel");
  // Who saw it all does not need its end once more.
  const lastLines = options.onOutput ? "" : `\nits last lines:\n${tail.text()}`;
  if (exit.code !== 0) throw failed(argv, describeExit(exit), lastLines);
  if (!statSync(kernel, { throwIfNoEntry: false })?.isFile())
    throw failed(argv, `make ended well and left no ${kernel}`, lastLines);
  return { kernel, modules: options.withModules ? modulesBeside(join(destDir, "boot", slot)) : [] };
}

/** Where the host is not what the kernel is for, the tree must be told, and finds its makefiles by `-m`. */
function crossArguments(sourceDir: string): readonly string[] {
  if (!isCross()) return [];
  return ["TARGET=amd64", "TARGET_ARCH=amd64", "-m", join(sourceDir, "share", "mk")];
}

function isCross(): boolean {
  return process.platform !== "freebsd" || process.arch !== "x64";
}

/**
 * A build with MODULES_OVERRIDE made some of the tree's modules, and installkernel stops at the first that is missing: what is there
 * is what it is told to install. The user's own list is left alone.
 */
function builtModules(kernel: string, sourceDir: string): readonly string[] {
  const all = findModules(kernel);
  if (process.env["MODULES_OVERRIDE"]) return [];
  const folder = join(dirname(kernel), "modules", sourceDir, "sys", "modules");
  const folders = all
    .map((module) => relative(folder, dirname(module)))
    .filter((name) => !name.startsWith(".."));
  return folders.length === 0 ? [] : [`MODULES_OVERRIDE=${[...new Set(folders)].sort().join(" ")}`];
}

async function runMake(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  tail: Tail,
  { onOutput, signal }: InstallOptions,
): Promise<ProcessExit> {
  await using make = await startProcess({ argv, env, guarded: true });
  for (const stream of [make.stdout, make.stderr]) {
    stream.on("data", (bytes: Buffer) => {
      tail.push(bytes);
      onOutput?.(bytes);
    });
  }
  let grace: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    make.kill("SIGINT");
    grace = setTimeout(() => make.kill("SIGKILL"), GRACE_MS);
  };
  signal?.addEventListener("abort", interrupt, { once: true });
  if (signal?.aborted) interrupt();
  try {
    const exit = await make.exited;
    signal?.throwIfAborted();
    return exit;
  } finally {
    clearTimeout(grace);
    signal?.removeEventListener("abort", interrupt);
  }
}

/** A folder that holds anything else could be a system's root, and installkernel would put its kernel into it. */
function openScratch(folder: string): string {
  const path = resolve(folder);
  try {
    makeFolder(path);
  } catch (error) {
    throw new LaneError("install-dest-unwritable", `${path} cannot be made: ${messageOf(error)}`, {
      facts: { path },
      cause: error,
    });
  }
  const strangers = readdirSync(path).filter((name) => !SCRATCH_ENTRIES.has(name));
  if (strangers.length === 0) return path;
  throw new LaneError(
    "install-dest-not-scratch",
    `${path} is no scratch folder: it holds ${strangers.slice(0, 3).join(", ")}, expected nothing but an earlier install`,
    { facts: { path, strangers: strangers.length } },
  );
}

function modulesBeside(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ko"))
    .sort()
    .map((name) => join(folder, name));
}

function describeExit({ code, signal }: ProcessExit): string {
  return code === undefined ? `make was ended by ${signal}` : `make ended with status ${code}`;
}

function failed(argv: readonly string[], what: string, lastLines: string): LaneError {
  return new LaneError("installkernel-failed", `${what}\n  ${argv.join(" ")}${lastLines}`);
}
