/**
 * Kernel modules: those that were built with a kernel, and whether the image's own fit it.
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LaneError } from "../../base/errors.js";
import type { KernelFile } from "../guest.js";

/**
 * The modules that were built with a kernel: beside it, as installkernel leaves them, or below `modules/`, as the build does.
 *
 * @returns paths by name; at least one
 * @throws LaneError `modules-not-found` (image)
 * @example findModules("/scratch/boot/TWQDEBUG/kernel") // ["/scratch/boot/TWQDEBUG/nullfs.ko", …]
 */
export function findModules(kernel: string): readonly string[] {
  const folder = dirname(kernel);
  const built = join(folder, "modules");
  const found = [
    ...(existsSync(built) ? readdirSync(built, { recursive: true, encoding: "utf8" }) : []).map(
      (name) => join(built, name),
    ),
    ...readdirSync(folder).map((name) => join(folder, name)),
  ].filter((path) => path.endsWith(".ko"));
  const modules = new Map(found.map((path) => [basename(path), path]));
  if (modules.size === 0) throw notFound(kernel, folder, built);
  return [...modules.keys()].sort().map((name) => modules.get(name)!);
}

function notFound(kernel: string, folder: string, built: string): LaneError {
  return new LaneError(
    "modules-not-found",
    `${kernel}: its modules are asked for, and there are none: found no ${folder}/*.ko, nor a *.ko below ${built}`,
    { facts: { path: kernel } },
  );
}

/** What the image's own kernel was built with, and the modules that came with it. */
export interface OwnModules {
  readonly options: readonly string[];
  /** Names: `nullfs.ko`. */
  readonly modules: readonly string[];
}

/** Options with which structures that modules share have other sizes or need other calls. */
const MODULE_OPTIONS = ["INVARIANTS", "WITNESS", "KASAN", "KMSAN", "KCSAN", "LOCK_PROFILING"];
const NAMED_MODULES = 8;

/** Whether a module of the image can make this kernel die of what is not its own fault, as a sentence. */
export function moduleCaveats(kernel: KernelFile, own: OwnModules): readonly string[] {
  const { options, modules: staged = [], identity } = kernel;
  if (options === undefined) return [];
  const odd = MODULE_OPTIONS.filter(
    (name) => options.includes(name) !== own.options.includes(name),
  );
  if (odd.length === 0) return [];
  const differ = `${identity.label} and the image's own kernel differ in ${odd.join(", ")}`;
  if (staged.length === 0)
    return [
      `${differ}: modules of /boot/kernel may not fit it; --with-modules stages those that were built with it`,
    ];
  const names = new Set(staged.map((path) => basename(path)));
  const others = own.modules.filter((name) => !names.has(name)).sort();
  if (others.length === 0) return [];
  return [
    `${differ}: ${others.length} of the image's modules are not among those that were built with it, and may not fit it: ${someOf(others)}`,
  ];
}

function someOf(names: readonly string[]): string {
  const more = names.length - NAMED_MODULES;
  const shown = names.slice(0, NAMED_MODULES).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
