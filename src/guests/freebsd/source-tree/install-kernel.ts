/**
 * Lets a FreeBSD source tree install the kernel that was built from it into a scratch folder, as any user: the files
 * keep their places (`boot/<SLOT>/kernel`) and can be staged from there. Nothing outside of that folder is installed.
 */
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { LaneError, messageOf } from "../../../base/errors.js";
import { checkSlotName } from "../slot-name.js";
import { makeFolder } from "../../../host/make-folder.js";
import { startProcess, type ProcessExit } from "../../../host/process.js";
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
 * @throws LaneError those of {@link openSourceTree}, {@link findKernelInObjdir}, {@link findMake} and
 *   {@link checkSlotName}; `install-dest-not-scratch`, `install-dest-unwritable` (usage); `installkernel-failed` (image)
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
  const make = findMake(process.platform);
  const objdirPrefix = resolve(
    options.objdirPrefix ?? (process.env["MAKEOBJDIRPREFIX"] || DEFAULT_OBJDIR),
  );
  findKernelInObjdir({ objdirPrefix, conf: options.conf, sourceDir: tree.path });
  const destDir = openScratch(options.destDir);
  const argv = [
    ...[make, "-C", tree.path, "installkernel", `KERNCONF=${options.conf}`],
    ...[`INSTKERNNAME=${slot}`, ...(options.withModules ? [] : ["NO_MODULES=yes"])],
    ...["-DNO_ROOT", `DESTDIR=${destDir}`, ...crossArguments(tree.path)],
  ];
  const tail = openTail();
  const exit = await runMake(argv, objdirPrefix, tail, options);
  const kernel = join(destDir, "boot", slot, "kernel");
  if (exit.code !== 0) throw failed(argv, describeExit(exit), tail);
  if (!statSync(kernel, { throwIfNoEntry: false })?.isFile())
    throw failed(argv, `make ended well and left no ${kernel}`, tail);
  return { kernel, modules: options.withModules ? modulesBeside(join(destDir, "boot", slot)) : [] };
}

/** Where the host is not what the kernel is for, the tree must be told, and finds its makefiles by `-m`. */
function crossArguments(sourceDir: string): readonly string[] {
  if (process.platform === "freebsd" && process.arch === "x64") return [];
  return ["TARGET=amd64", "TARGET_ARCH=amd64", "-m", join(sourceDir, "share", "mk")];
}

async function runMake(
  argv: readonly string[],
  objdirPrefix: string,
  tail: Tail,
  { onOutput, signal }: InstallOptions,
): Promise<ProcessExit> {
  const env = { ...process.env, MAKEOBJDIRPREFIX: objdirPrefix };
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

function failed(argv: readonly string[], what: string, tail: Tail): LaneError {
  return new LaneError(
    "installkernel-failed",
    `${what}\n  ${argv.join(" ")}\nits last lines:\n${tail.text()}`,
  );
}
