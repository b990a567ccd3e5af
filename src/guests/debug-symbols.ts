/**
 * Where a debugger finds the names of a kernel: beside the file that was given, as builds and installations leave it.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { GuestFamily } from "../base/family.js";
import { LaneError } from "../base/errors.js";
import { buildIdOf } from "../binary/build-id.js";
import { hasLinesIn, readElf } from "../binary/elf.js";
import { copyOwnSymbols } from "./freebsd/own-symbols.js";
import { openKernelFile } from "./kernel-file.js";
import { identifyLinuxKernel } from "../binary/linux-kernel.js";
import type { KernelFile } from "./guest.js";

export interface DebugSymbols {
  /** Absent when there is none. */
  readonly path?: string;
  /** Whether it has lines and types (DWARF) and not only names. */
  readonly hasLines: boolean;
  /** Where it was looked for. */
  readonly lookedFor: readonly string[];
  /** Files that are of another build. */
  readonly otherBuilds: readonly string[];
}

/** Where a column's kernel comes from, and where what is copied out of an image goes. */
export interface SymbolsQuery {
  readonly family: GuestFamily;
  readonly kernel: KernelFile;
  /** The guest's base image, and which partition has its root. */
  readonly image?: string | undefined;
  readonly root?: string | undefined;
  /** The column's folder. */
  readonly folder: string;
}

/**
 * The symbols of an image's own kernel are copied out of the image; nothing else is written.
 *
 * @throws LaneError those of reading an image (image); `copy-failed` (host)
 * @example findDebugSymbols({ family: "linux", kernel, folder }).path // "/src/linux/vmlinux"
 */
export function findDebugSymbols(query: SymbolsQuery): DebugSymbols {
  const { family, kernel, image, root, folder } = query;
  if (family === "freebsd" && kernel.slot === undefined && image !== undefined)
    return copyOwnSymbols({ image, root, kernel: kernel.path, folder });
  const lookedFor = family === "linux" ? linuxPlaces(kernel) : freebsdPlaces(kernel);
  const present = lookedFor.filter((path) => existsSync(path));
  const isRight = family === "linux" ? isLinuxBuild : isFreebsdBuild;
  const path = present.find((one) => isRight(one, kernel));
  const otherBuilds = present.filter((one) => !isRight(one, kernel));
  const hasLines = path !== undefined && hasDebugInfo(path);
  return { ...(path === undefined ? {} : { path }), hasLines, lookedFor, otherBuilds };
}

/** The kernel's build leaves vmlinux at the top of its tree, three folders above arch/x86/boot/bzImage. */
function linuxPlaces({ path, identity }: KernelFile): readonly string[] {
  const { release = identity.label } = identity;
  return [
    path,
    join(dirname(path), "vmlinux"),
    join(dirname(path), `vmlinux-${release}`),
    resolve(dirname(path), "..", "..", "..", "vmlinux"),
    `/usr/lib/debug/boot/vmlinux-${release}`,
    `/usr/lib/debug/lib/modules/${release}/vmlinux`,
  ].filter((one) => one !== path || isElf(one));
}

/** installkernel puts it under usr/lib/debug of the same root; the kernel itself has its names, but no lines. */
function freebsdPlaces({ path, slot }: KernelFile): readonly string[] {
  if (slot === undefined) return [];
  const folder = dirname(path);
  const installed = join(folder, "..", "..", "usr", "lib", "debug", "boot", basename(folder));
  return [
    join(folder, "kernel.full"),
    join(folder, "kernel.debug"),
    join(installed, "kernel.debug"),
    path,
  ];
}

/** A kernel without a number of its own is taken for the one that lies there. */
function isFreebsdBuild(path: string, kernel: KernelFile): boolean {
  const wanted = buildIdIn(kernel.path);
  return wanted === undefined || buildIdIn(path) === wanted;
}

function buildIdIn(path: string): string | undefined {
  using file = openKernelFile(path);
  const elf = readElf(file);
  return elf && buildIdOf(elf);
}

function isLinuxBuild(path: string, { identity }: KernelFile): boolean {
  if (identity.version === undefined) return true;
  try {
    using file = openKernelFile(path);
    return identifyLinuxKernel(file).version === identity.version;
  } catch (error) {
    if (error instanceof LaneError) return false;
    throw error;
  }
}

function isElf(path: string): boolean {
  using file = openKernelFile(path);
  return readElf(file) !== undefined;
}

function hasDebugInfo(path: string): boolean {
  using file = openKernelFile(path);
  const elf = readElf(file);
  return elf !== undefined && hasLinesIn(elf);
}
