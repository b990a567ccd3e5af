/**
 * The symbols of a kernel that ran: what the user named, else where builds, installations and packages leave them. Each file is proven before it
 * is used.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LaneError } from "../base/errors.js";
import { debugLinkOf } from "../binary/debug-link.js";
import { completeProof } from "./kernel-image.js";
import { moduleFolders, placesInFolder, usualPlaces } from "./kernel-places.js";
import type { ModulePlace } from "./module-files.js";
import { proveKernelSymbols, type FullProof } from "./prove.js";
import { openSymbolElf } from "./symbol-elf.js";
import type { SymbolFile, SymbolQuery, Symbols } from "./symbols.js";

/**
 * What lies at a usual place and is wrong is passed over; what the user named and is wrong is an error.
 *
 * @throws LaneError `symbols-not-found`, `symbols-unreadable`, `symbols-of-another-build`, `symbols-unproven`, `symbols-stripped`,
 *   `elf-damaged`, `elf-unsupported` (image) for one of `given`
 * @example
 * const symbols = await findSymbols({ proof: { family: "linux", release, version }, kernel: "arch/x86/boot/bzImage" });
 * symbols.kernel?.path; // "/src/linux/vmlinux"
 */
export async function findSymbols({ proof, kernel, given = [] }: SymbolQuery): Promise<Symbols> {
  const full = await completeProof(proof, kernel);
  const named = given.map((path) => lookAtGiven(resolve(path), full));
  const search = newSearch();
  const namedKernel = named.find((one) => one.kernel !== undefined)?.kernel;
  if (namedKernel === undefined) refuseEmptyFolder(named, full);
  const found = namedKernel ?? searchIn(usualPlaces(full, kernel), full, search);
  return {
    proof: { ...proof, buildId: full.buildId, release: full.release, version: full.version },
    ...(found === undefined ? {} : { kernel: found }),
    modulePlaces: [
      ...named.map(({ path }) => ({ path, isDeep: true })),
      ...(found === undefined ? [] : besideKernel(dirname(found.path), full)),
      ...(kernel === undefined ? [] : besideKernel(dirname(resolve(kernel)), full)),
      ...moduleFolders(full).map((path) => ({ path, isDeep: true })),
    ],
    lookedFor: [...given, ...search.lookedFor],
    passedOver: search.passedOver,
  };
}

/** An object directory of FreeBSD has its modules below `modules`. */
function besideKernel(folder: string, { family }: FullProof): readonly ModulePlace[] {
  const flat = { path: folder, isDeep: false };
  return family === "linux" ? [flat] : [flat, { path: join(folder, "modules"), isDeep: true }];
}
/** A folder of modules is of use beside a kernel, or beside modules that were named; alone it is a mistake. */
function refuseEmptyFolder(named: readonly Given[], proof: FullProof): void {
  if (named.some(({ isModule }) => isModule)) return;
  const folder = named[0]?.path;
  if (folder === undefined) return;
  const names = placesInFolder(proof, "").slice(0, 3).join(", ");
  throw new LaneError(
    "symbols-not-found",
    `${folder} has no symbols of a kernel: looked for ${names} and below usr/lib/debug`,
    { facts: { path: folder } },
  );
}

interface Search {
  readonly lookedFor: string[];
  readonly passedOver: string[];
  /** The last refusal, for one who asked for this folder. */
  refused?: LaneError;
}

const newSearch = (): Search => ({ lookedFor: [], passedOver: [] });

interface Given {
  readonly path: string;
  /** Absent for a module, and for a folder without a kernel's. */
  readonly kernel?: SymbolFile;
  readonly isModule: boolean;
}

function lookAtGiven(path: string, proof: FullProof): Given {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    using file = openSymbolElf(path);
    if (file.elf.type === "relocatable") return { path, isModule: true };
    return { path, isModule: false, kernel: openProven(path, proof) };
  }
  const search = newSearch();
  const kernel = searchIn(placesInFolder(proof, path), proof, search);
  if (kernel !== undefined) return { path, isModule: false, kernel };
  if (search.refused !== undefined) throw search.refused;
  return { path, isModule: false };
}

function searchIn(
  places: readonly string[],
  proof: FullProof,
  search: Search,
): SymbolFile | undefined {
  for (const path of places) {
    search.lookedFor.push(path);
    if (!existsSync(path)) continue;
    try {
      return openProven(path, proof);
    } catch (error) {
      if (!(error instanceof LaneError)) throw error;
      search.passedOver.push(error.message);
      search.refused ??= error;
    }
  }
  return undefined;
}

/** The file itself, or the one that it names for its debug information. */
function openProven(path: string, proof: FullProof): SymbolFile {
  using file = openSymbolElf(path);
  try {
    return proveKernelSymbols(file.elf, path, proof);
  } catch (error) {
    const isStripped = error instanceof LaneError && error.code === "symbols-stripped";
    const link = isStripped ? debugLinkOf(file.elf) : undefined;
    const linked = link && linkedFrom(path, link.name).find((one) => existsSync(one));
    if (linked === undefined) throw error;
    using other = openSymbolElf(linked);
    return proveKernelSymbols(other.elf, linked, { ...proof, link });
  }
}

/** Where gdb looks for it, too. */
function linkedFrom(path: string, name: string): readonly string[] {
  const folder = dirname(path);
  return [
    join(folder, name),
    join(folder, ".debug", name),
    join("/usr/lib/debug", folder, name),
  ].filter((one) => one !== path);
}
