import type { ErrorKind } from "./error-kind.js";

export const symbolsErrors = {
  "symbols-not-found": {
    who: "image",
    when: "a file or folder of symbols does not exist, or the folder has none of this kernel",
    hint: "give the vmlinux or kernel.debug of the same build, or the folder that it lies in",
  },
  "symbols-unreadable": {
    who: "image",
    when: "a file of symbols is no ELF file, or cannot be read",
    hint: "give the vmlinux or kernel.debug that the build left, as it is",
  },
  "symbols-of-another-build": {
    who: "image",
    when: "a file of symbols is not of the kernel that ran",
    hint: "give the symbols of the same build: a kernel that was built again has other ones",
  },
  "symbols-unproven": {
    who: "image",
    when: "nothing says whether a file of symbols is of the kernel that ran",
    hint: "give a vmlinux or kernel.full, which say their version, or build the kernel with a build id",
  },
  "symbols-stripped": {
    who: "image",
    when: "a file has the names of functions, or not even these, but no lines",
    hint: "Linux: build with CONFIG_DEBUG_INFO; FreeBSD: with makeoptions DEBUG=-g, and give kernel.debug or kernel.full",
  },
  "symbolizer-missing": {
    who: "host",
    when: "no program that reads debug information is installed",
    hint: "install llvm (for llvm-symbolizer 13 or later) or binutils (for addr2line)",
  },
} as const satisfies Record<string, ErrorKind>;
