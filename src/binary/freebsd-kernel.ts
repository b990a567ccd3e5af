/**
 * What a FreeBSD kernel file is, and the identity that the running kernel will claim.
 *
 * Source: FreeBSD `sys/conf/newvers.sh`, `sys/conf/kern.pre.mk`, `sys/amd64/amd64/xen-locore.S`, config(8).
 *
 * A kernel is an ELF executable with OS/ABI 9 that asks for the dynamic linker `/red/herring` (so that its dynamic symbols are
 * kept, for kernel modules) and defines these variables, which sysctl shows:
 *
 *     SYMBOL        SYSCTL            MEANING
 *     version       kern.version      `FreeBSD 15.0-STABLE #0 …: DATE\n    USER@HOST:OBJDIR\n`, or, built reproducibly,
 *                                     `FreeBSD 15.0-RELEASE releng/15.0-n280995-7aedc8de6446 GENERIC\n`
 *     kern_ident    kern.ident        `TWQDEBUG`
 *     osreldate     kern.osreldate    `__FreeBSD_version`, a 32-bit number such as 1500500
 *     osrelease     kern.osrelease    `15.0-STABLE`
 *
 * With `options INCLUDE_CONFIG_FILE`, as in GENERIC, the section `kern_conf` holds the configuration that it was built from.
 * A PVH entry point (for QEMU's `-kernel`) shows as a Xen note of type 18.
 */
import type { ByteSource } from "./byte-source.js";
import {
  bytesAt,
  bytesAtAddress,
  cString,
  ELF_OS_ABI_FREEBSD,
  elfInterpreter,
  elfNotes,
  hasPvhNote,
  readElf,
  SECTION_NO_BITS,
  type Elf,
} from "./elf.js";
import { buildIdOf } from "./build-id.js";
import { findElfSymbols, type ElfSymbol } from "./elf-symbols.js";
import { notAKernel, wrongArchitecture } from "./kernel-refusals.js";

export interface FreebsdKernel {
  readonly os: "freebsd";
  readonly arch: "amd64";
  /** `sysctl kern.ident` of the running kernel: the name of its configuration, `TWQDEBUG`. */
  readonly ident: string;
  /** `sysctl kern.version` of the running kernel, without the line break at its end. */
  readonly version: string;
  /** `uname -r` of the running kernel: `15.0-STABLE`. */
  readonly release: string;
  /** `sysctl kern.build_id` of the running kernel (14 and later); absent where the file has none. */
  readonly buildId?: string;
  /** `sysctl kern.osreldate`: `__FreeBSD_version`, such as 1500500. */
  readonly osreldate: number;
  /** Names of its `options` (`DDB`, `INVARIANTS`, `WITNESS` …), or `undefined` when it does not include its configuration. */
  readonly options: readonly string[] | undefined;
  /** Whether QEMU can start it as it is, without a loader. */
  readonly startsDirectly: boolean;
}

const EXPECTED = "an amd64 FreeBSD kernel (the file `kernel` of its object directory)";
const KERNEL_INTERPRETER = "/red/herring";
const SYMBOLS = ["version", "kern_ident", "osreldate", "osrelease"] as const;
const MAX_TEXT_BYTES = 1024;
const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * @param file as `openKernelFile` gives it
 * @throws LaneError `kernel-not-a-kernel`, `kernel-wrong-arch`, `elf-damaged`, `elf-unsupported` (image)
 * @example
 * using file = openKernelFile("/usr/obj/usr/src/amd64.amd64/sys/TWQDEBUG/kernel");
 * identifyFreebsdKernel(file).ident; // "TWQDEBUG"
 */
export function identifyFreebsdKernel(file: ByteSource): FreebsdKernel {
  const elf = readElf(file);
  if (elf === undefined) throw notAKernel(file, EXPECTED);
  checkKind(elf);
  const symbols = findElfSymbols(elf, SYMBOLS);
  const [version, ident, osreldate, release] = SYMBOLS.map((name) => symbols.get(name));
  if (!version || !ident || !osreldate || !release) {
    const missing = SYMBOLS.filter((name) => !symbols.has(name)).join(", ");
    throw notAKernel(file, EXPECTED, `a FreeBSD ELF file without the kernel's symbols ${missing}`);
  }
  const buildId = buildIdOf(elf);
  return {
    os: "freebsd",
    arch: "amd64",
    ident: textAt(elf, ident),
    version: textAt(elf, version).trimEnd(),
    release: textAt(elf, release),
    ...(buildId === undefined ? {} : { buildId }),
    osreldate: numberAt(elf, osreldate),
    options: configuredOptions(elf),
    startsDirectly: hasPvhNote(elfNotes(elf)),
  };
}

/** Refuses what is no kernel, in an order that names the likely mistake. */
function checkKind(elf: Elf): void {
  const { file, machine, type } = elf;
  if (type === "relocatable") {
    throw notAKernel(file, EXPECTED, "a kernel module or an object file (relocatable ELF)");
  }
  if (
    elf.sections.some((section) => section.name === ".text" && section.type === SECTION_NO_BITS)
  ) {
    const hint = "give `kernel` or `kernel.full`, which hold the code, instead of `kernel.debug`";
    throw notAKernel(file, EXPECTED, "the debug symbols of an ELF file, without its code", hint);
  }
  const interpreter = elfInterpreter(elf);
  if (interpreter !== KERNEL_INTERPRETER) {
    const os = elf.osAbi === ELF_OS_ABI_FREEBSD ? "FreeBSD " : "";
    throw notAKernel(file, EXPECTED, `a ${os}program or library for ${machine}`);
  }
  if (machine !== "amd64")
    throw wrongArchitecture(file, `a FreeBSD kernel for ${machine}`, EXPECTED);
}

function textAt(elf: Elf, symbol: ElfSymbol): string {
  return cString(loaded(elf, symbol, MAX_TEXT_BYTES));
}

function numberAt(elf: Elf, symbol: ElfSymbol): number {
  const bytes = loaded(elf, symbol, 4);
  if (bytes.length < 4)
    throw notAKernel(elf.file, EXPECTED, "a kernel whose variables are cut short");
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true);
}

function loaded(elf: Elf, symbol: ElfSymbol, maxBytes: number): Uint8Array {
  const bytes = bytesAtAddress(elf, symbol.address, maxBytes);
  if (bytes !== undefined) return bytes;
  const place = `0x${symbol.address.toString(16)}`;
  throw notAKernel(elf.file, EXPECTED, `a kernel whose variable at ${place} is not in the file`);
}

function configuredOptions(elf: Elf): readonly string[] | undefined {
  const section = elf.sections.find(({ name }) => name === "kern_conf");
  if (section === undefined) return undefined;
  const length = Math.min(section.sizeBytes, MAX_CONFIG_BYTES);
  const config = cString(bytesAt(elf.file, section.offsetBytes, length));
  return [...config.matchAll(/^options\s+([A-Za-z0-9_]+)/gm)].map(([, name]) => name!);
}
