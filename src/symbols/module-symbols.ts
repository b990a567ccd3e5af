/** The files of the modules that frames are in: found by name, or, where a kernel names no module, by the function. */
import { LaneError } from "../base/errors.js";
import { hasLinesIn } from "../binary/elf.js";
import { moduleRelease } from "../binary/linux-module.js";
import type { Frame } from "../console/stack.js";
import { listModuleFiles, type ModuleFiles } from "./module-files.js";
import { sameBuildId } from "./prove.js";
import { nameOf, type Located, type OpenSymbolFile } from "./symbol-file.js";
import type { Symbols } from "./symbols.js";

export type Place =
  { readonly file: OpenSymbolFile; readonly at: Located } | { readonly problem: string };

export interface ModuleSymbols {
  /** Linux: all frames are in the module of this name. */
  inModule(name: string, frames: readonly Frame[]): readonly Place[];
  /** FreeBSD: which module a frame is in is not said. */
  inSomeModule(frames: readonly Frame[]): readonly (Place | undefined)[];
}

/** @param open gives the same file for the same path; it stays open */
export function moduleSymbols(
  symbols: Symbols,
  open: (path: string) => OpenSymbolFile,
): ModuleSymbols {
  let listed: ModuleFiles | undefined;
  const files = (): ModuleFiles => (listed ??= listModuleFiles(symbols.modulePlaces));

  const fileOf = (name: string, buildId: string | undefined): OpenSymbolFile | string => {
    const candidates = files().get(name.replaceAll("-", "_")) ?? [];
    const problems: string[] = [];
    for (const path of candidates) {
      const found = usable(path, buildId);
      if (typeof found !== "string") return found;
      problems.push(found);
    }
    return problems[0] ?? `no file of the module ${name} was found where the kernel's symbols are`;
  };

  const usable = (path: string, buildId: string | undefined): OpenSymbolFile | string => {
    try {
      const file = open(path);
      return problemOf(file, buildId, symbols.proof.release) ?? file;
    } catch (error) {
      if (error instanceof LaneError) return error.message;
      throw error;
    }
  };

  return {
    inModule(name, frames) {
      // One report may be of two loads of a module, and all its frames say the same build id mostly.
      const byId = new Map<string | undefined, OpenSymbolFile | string>();
      const where = frames.map(({ buildId }) => {
        if (!byId.has(buildId)) byId.set(buildId, fileOf(name, buildId));
        return byId.get(buildId)!;
      });
      return placesOf(frames, where);
    },
    inSomeModule(frames) {
      const found = frames.map((): Place[] => []);
      for (const name of files().keys()) {
        const file = fileOf(name, undefined);
        if (typeof file === "string") continue;
        locateIn(file, frames).forEach((at, index) => {
          if (!("problem" in at && at.isElsewhere)) found[index]!.push({ file, at });
        });
      }
      return found.map((places, index) => {
        if (places.length <= 1) return places[0];
        const problem = `${places.length} modules have a function ${nameOf(frames[index]!)}, and the line does not say which`;
        return { problem };
      });
    },
  };
}

function placesOf(
  frames: readonly Frame[],
  where: readonly (OpenSymbolFile | string)[],
): readonly Place[] {
  return frames.map((frame, index) => {
    const file = where[index]!;
    return typeof file === "string" ? { problem: file } : { file, at: locateIn(file, [frame])[0]! };
  });
}

function locateIn(file: OpenSymbolFile, frames: readonly Frame[]): readonly Located[] {
  try {
    return file.locate(frames);
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    return frames.map(() => ({ problem: error.message }));
  }
}

/** The build id where both say it; the release that a Linux module was built for; the place where it was found is the rest. */
function problemOf(
  { path, elf, buildId: own }: OpenSymbolFile,
  wanted: string | undefined,
  release: string | undefined,
): string | undefined {
  if (elf.type !== "relocatable") return `${path} is no module`;
  if (wanted !== undefined && own !== undefined && !sameBuildId(own, wanted))
    return `${path} is of another build: its build id is ${own}, that of the module ${wanted}`;
  const built = moduleRelease(elf);
  if (built !== undefined && release !== undefined && built !== release)
    return `${path} is of another kernel: it was built for ${built}, and ${release} ran`;
  return hasLinesIn(elf) ? undefined : `${path} has no debug information (no section .debug_info)`;
}
