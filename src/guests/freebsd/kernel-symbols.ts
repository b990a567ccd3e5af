/**
 * The functions of a guest's kernel by their addresses. FreeBSD's kernel is loaded where it was linked to, so that an address on the
 * console is one of the file.
 */
import { statSync } from "node:fs";
import { LaneError } from "../../base/errors.js";
import type { ByteSource } from "../../binary/byte-source.js";
import { readElf } from "../../binary/elf.js";
import { findElfSymbolAt, type SymbolPlace } from "../../binary/elf-symbols.js";
import type { SymbolAt } from "../../console/stack.js";
import { openFile } from "../../disk/ufs2/content.js";
import { findInode } from "../../disk/ufs2/lookup.js";
import type { KernelFile } from "../guest.js";
import { openKernelFile } from "../kernel-file.js";
import { openFreebsdImage } from "./image.js";

/**
 * Nothing is read before the first address is asked for. A file that was built anew since names nothing: its addresses are others.
 *
 * @param image the base image, for its own kernel, and which partition has the root
 * @example kernelSymbols(options, kernel)(0xffffffff807234e2n) // { name: "twq_recurse", offsetBytes: 18 }
 */
export function kernelSymbols(
  image: { readonly image: string; readonly root?: string },
  kernel: KernelFile,
): SymbolAt {
  const isInImage = kernel.slot === undefined;
  const before = isInImage ? undefined : stampOf(kernel.path);
  return (address) => {
    try {
      if (isInImage) return inImage(image, kernel.path, address);
      return stampOf(kernel.path) === before ? inFile(kernel.path, address) : undefined;
    } catch (error) {
      // What the kernel died of is to be told with or without the function's name.
      if (error instanceof LaneError) return undefined;
      throw error;
    }
  };
}

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

function inFile(path: string, address: bigint): SymbolPlace | undefined {
  using file = openKernelFile(path);
  return inElf(file, address);
}

function inImage(
  { image: path, root }: { readonly image: string; readonly root?: string },
  kernel: string,
  address: bigint,
): SymbolPlace | undefined {
  using image = openFreebsdImage(path, root);
  const inode = findInode(image.fs, kernel);
  return inode && inElf(openFile(image.fs, inode, { name: kernel }), address);
}

function inElf(file: ByteSource, address: bigint): SymbolPlace | undefined {
  const elf = readElf(file);
  return elf && findElfSymbolAt(elf, address);
}
