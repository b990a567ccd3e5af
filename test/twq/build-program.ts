import { execFileSync } from "node:child_process";
import { basename, join } from "node:path";
import type { GuestFamily } from "../../src/base/family.js";
import { packageRoot } from "../../src/host/paths.js";

const targets = {
  linux: { triple: "x86_64-unknown-linux-gnu", emulation: "elf_x86_64" },
  freebsd: { triple: "x86_64-unknown-freebsd", emulation: "elf_x86_64_fbsd" },
} as const;

/**
 * A program of one C file for a guest, without a C library: what it needs is in agent/base/.
 *
 * @returns its path in the folder
 */
export function buildProgram(source: string, family: GuestFamily, folder: string): string {
  const { triple, emulation } = targets[family];
  const program = join(folder, basename(source, ".c"));
  const flags = ["-std=c17", "-O2", "-ffreestanding", "-fno-stack-protector", "-fno-pic"];
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  const include = `-I${join(packageRoot(), "agent")}`;
  const object = `${program}.o`;
  execFileSync("clang", [
    ...[`--target=${triple}`, ...flags, ...warnings, include],
    ...["-c", source, "-o", object],
  ]);
  execFileSync("ld.lld", ["-m", emulation, "-static", "-nostdlib", "-o", program, object]);
  return program;
}
