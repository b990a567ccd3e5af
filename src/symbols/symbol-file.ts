/** One file with symbols, opened: frames become addresses of it, and addresses places in the source. */
import { basename, join } from "node:path";
import { messageOf } from "../base/errors.js";
import { buildIdOf } from "../binary/build-id.js";
import { findElfFunctions } from "../binary/elf-functions.js";
import type { Frame } from "../console/stack.js";
import { openAddr2line } from "./addr2line.js";
import { ReaderTrouble, type AddressReader } from "./address-reader.js";
import { openLlvmSymbolizer } from "./llvm-symbolizer.js";
import { layOut, writeLaidOut } from "./module-layout.js";
import { pickFunction, type PickRules } from "./pick-function.js";
import { openPlaceCache } from "./place-cache.js";
import { openSymbolElf, type SymbolElf } from "./symbol-elf.js";
import type { SymbolizerProgram } from "./symbolizer-program.js";
import type { SourcePlace } from "./symbols.js";

export type Located =
  | {
      /** Of the instruction: for a return address the last byte of the call. */
      readonly address: bigint;
      /** `false` for a call at the end of one function whose return address is in the next one. */
      readonly isWithin: boolean;
    }
  | { readonly problem: string; readonly isElsewhere?: true };

export interface OpenSymbolFile extends AsyncDisposable {
  readonly path: string;
  readonly buildId: string | undefined;
  readonly elf: SymbolElf["elf"];
  /**
   * In the order of the frames.
   *
   * @throws LaneError `elf-damaged`, `image-unreadable` (image)
   */
  locate(frames: readonly Frame[], slideBytes?: bigint): readonly Located[];
  /** @throws ReaderTrouble */
  places(addresses: readonly bigint[]): Promise<ReadonlyMap<bigint, readonly SourcePlace[]>>;
}

export interface TimedProgram extends SymbolizerProgram {
  readonly deadlineMs: number;
}

/**
 * @param scratch a folder for a copy of a module
 * @throws LaneError those of `openSymbolElf` (image)
 */
export function openSymbolFile(
  path: string,
  program: TimedProgram,
  scratch: () => string,
): OpenSymbolFile {
  const opened = openSymbolElf(path);
  const { elf } = opened;
  const isModule = elf.type === "relocatable";
  const layout = isModule ? layOut(elf) : undefined;
  const buildId = buildIdOf(elf);
  const cache = openPlaceCache(buildId);
  let reader: AddressReader | undefined;
  let trouble: ReaderTrouble | undefined;

  const openReader = (): AddressReader => {
    if (program.kind === "addr2line" && elf.sections.some(({ name }) => isOfDwarf5(name))) {
      const why =
        "addr2line names wrong files for lines of headers there (seen with binutils 2.40)";
      throw new ReaderTrouble(`${path} has DWARF 5, and ${why}: install llvm`);
    }
    if (layout === undefined) return openAddressReader(program, path);
    const copy = join(scratch(), `${buildId ?? "module"}-${basename(path)}`);
    try {
      writeLaidOut(elf, layout, copy);
    } catch (error) {
      throw new ReaderTrouble(`${path} could not be copied to be read: ${messageOf(error)}`);
    }
    return openAddressReader(program, copy);
  };

  const ask = async (addresses: readonly bigint[]): Promise<void> => {
    if (trouble !== undefined) throw trouble;
    try {
      const answers = await (reader ??= openReader()).read(addresses);
      answers.forEach((places, index) => {
        if (places.length > 0) cache.add(addresses[index]!, places);
      });
      cache.save();
    } catch (error) {
      // It is not asked again: each frame would wait for it.
      if (error instanceof ReaderTrouble) trouble = error;
      throw error;
    }
  };

  return {
    path,
    buildId,
    elf,
    locate(frames, slideBytes) {
      const functions = findElfFunctions(elf, frames.map(nameOf));
      const rules: PickRules = {
        file: basename(path),
        ...(isModule || slideBytes === undefined ? {} : { slideBytes }),
      };
      return frames.map((frame) => {
        const picked = pickFunction(frame, functions.get(nameOf(frame)) ?? [], rules);
        if ("problem" in picked) return picked;
        const { section, value } = picked.function;
        const back = frame.isExact ? 0 : 1;
        const offset = frame.offsetBytes! - back;
        const start = (layout?.addresses.get(section) ?? 0n) + value;
        return { address: start + BigInt(offset), isWithin: offset >= 0 };
      });
    },
    async places(addresses) {
      const wanted = [...new Set(addresses)];
      const unknown = wanted.filter((address) => cache.get(address) === undefined);
      if (unknown.length > 0) await ask(unknown);
      return new Map(wanted.map((address) => [address, cache.get(address) ?? []]));
    },
    async [Symbol.asyncDispose]() {
      opened[Symbol.dispose]();
      await reader?.[Symbol.asyncDispose]();
    },
  };
}

function isOfDwarf5(section: string): boolean {
  return section === ".debug_line_str" || section === ".zdebug_line_str";
}

function openAddressReader(program: TimedProgram, file: string): AddressReader {
  const { kind, path, deadlineMs } = program;
  const open = kind === "llvm-symbolizer" ? openLlvmSymbolizer : openAddr2line;
  return open(path, file, deadlineMs);
}

/** What a symbol table has. */
export function nameOf(frame: Frame): string {
  return frame.symbol ?? frame.function;
}
