/** A file that is meant to have symbols, opened; what is none is refused in words. */
import { openFileSource } from "../disk/file-source.js";
import { LaneError } from "../base/errors.js";
import { readElf, type Elf } from "../binary/elf.js";
import { describeFile } from "../binary/file-signature.js";

export interface SymbolElf extends Disposable {
  readonly elf: Elf;
}

/**
 * Nothing but headers is read.
 *
 * @throws LaneError `symbols-not-found`, `symbols-unreadable`, `elf-damaged`, `elf-unsupported` (image)
 */
export function openSymbolElf(path: string): SymbolElf {
  const file = openFile(path);
  try {
    const elf = readElf(file);
    if (elf === undefined) throw noElf(path, describeFile(file));
    return { elf, [Symbol.dispose]: () => file[Symbol.dispose]() };
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}

function openFile(path: string): ReturnType<typeof openFileSource> {
  try {
    return openFileSource(path);
  } catch (error) {
    if (!(error instanceof LaneError)) throw error;
    const code = error.code === "image-not-found" ? "symbols-not-found" : "symbols-unreadable";
    throw new LaneError(code, error.message, { facts: { path }, cause: error });
  }
}

function noElf(path: string, { name, hint }: ReturnType<typeof describeFile>): LaneError {
  const isKernel = name.includes("bzImage");
  return new LaneError(
    "symbols-unreadable",
    `${path} has no symbols: it is ${name}, expected an ELF file`,
    {
      hint: isKernel ? "give the vmlinux that lies at the top of the tree that built it" : hint,
      facts: { path },
    },
  );
}
