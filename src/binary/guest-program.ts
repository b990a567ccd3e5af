/**
 * What a program file is that is to run in the guest: for which system and machine.
 *
 * Source: FreeBSD `sys/kern/imgact_elf.c` (how a brand is found: note, then OS/ABI byte, then interpreter), elf(5); Linux's
 * kernel does not look at the brand, its C libraries leave a GNU note.
 *
 *     EVIDENCE                                   SYSTEM
 *     note "FreeBSD" type 1 (ABI tag)            freebsd
 *     note "GNU" type 1 (ABI tag), data[0] = 0   linux
 *     OS/ABI byte 9 / 3                          freebsd / linux
 *     interpreter /libexec/ld-elf…               freebsd
 *     interpreter /lib…/ld-linux…, …/ld-musl…    linux
 *     none of these                              unknown: a static program without a C library, which Linux runs and FreeBSD does not
 */
import { LaneError } from "../base/errors.js";
import type { ByteSource } from "./byte-source.js";
import {
  ELF_OS_ABI_FREEBSD,
  ELF_OS_ABI_LINUX,
  elfInterpreter,
  elfNotes,
  readElf,
  type Elf,
} from "./elf.js";
import { describeFile } from "./file-signature.js";

export interface GuestProgram {
  readonly os: "freebsd" | "linux" | "unknown";
  /** `amd64`, `arm64` …; `any` for a script. */
  readonly arch: string;
  /** Whether it needs no dynamic linker, and no interpreter, in the guest. */
  readonly isStatic: boolean;
  /** The dynamic linker, or a script's interpreter, that has to be in the guest. */
  readonly interpreter: string | undefined;
}

const NOTE_ABI_TAG = 1;

/**
 * @throws LaneError `program-not-a-program`, `elf-damaged`, `elf-unsupported` (image)
 * @example identifyGuestProgram(openFileSource("zig-out/bin/twq-probe-stub")).os // "freebsd"
 */
export function identifyGuestProgram(file: ByteSource): GuestProgram {
  const elf = readElf(file);
  if (elf === undefined) return identifyScript(file);
  const interpreter = elfInterpreter(elf);
  if (elf.type === "relocatable" || elf.type === "core") {
    throw notAProgram(file, `an ELF ${elf.type} file`);
  }
  if (elf.type === "shared" && interpreter === undefined && elf.entry === 0n) {
    throw notAProgram(file, "a shared library");
  }
  return {
    os: systemOf(elf, interpreter),
    arch: elf.machine,
    isStatic: interpreter === undefined,
    interpreter,
  };
}

function systemOf(elf: Elf, interpreter: string | undefined): GuestProgram["os"] {
  for (const { name, type, data } of elfNotes(elf)) {
    if (type !== NOTE_ABI_TAG) continue;
    if (name === "FreeBSD") return "freebsd";
    if (name === "GNU" && data[0] === 0) return "linux";
  }
  if (elf.osAbi === ELF_OS_ABI_FREEBSD) return "freebsd";
  if (elf.osAbi === ELF_OS_ABI_LINUX) return "linux";
  if (interpreter?.startsWith("/libexec/ld-elf")) return "freebsd";
  if (interpreter !== undefined && /\/ld-(linux|musl)/.test(interpreter)) return "linux";
  return "unknown";
}

function identifyScript(file: ByteSource): GuestProgram {
  const head = file.read(0, Math.min(1024, file.sizeBytes));
  const match = /^#![ \t]*([^\s\0]+)/.exec(Buffer.from(head).toString("utf8"));
  if (!match) throw notAProgram(file, describeFile(file).name);
  return { os: "unknown", arch: "any", isStatic: false, interpreter: match[1] };
}

function notAProgram(file: ByteSource, found: string): LaneError {
  return new LaneError(
    "program-not-a-program",
    `${file.name} is ${found}, expected a program for the guest`,
    { facts: { path: file.name, found } },
  );
}
