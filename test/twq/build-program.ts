import { execFileSync } from "node:child_process";
import { basename, join } from "node:path";
import type { GuestFamily } from "../../src/base/family.js";
import { packageRoot } from "../../src/host/paths.js";

const targets = {
  linux: { triple: "x86_64-unknown-linux-gnu", emulation: "elf_x86_64" },
  freebsd: { triple: "x86_64-unknown-freebsd", emulation: "elf_x86_64_fbsd" },
} as const;

/**
 * A program of a few C files for a guest, without a C library: what they need is in agent/base/.
 *
 * @param sources relative to the root of the repository
 * @returns its path in the folder
 */
export function buildProgram(
  name: string,
  sources: readonly string[],
  family: GuestFamily,
  folder: string,
): string {
  const { triple, emulation } = targets[family];
  const flags = ["-std=c17", "-O2", "-ffreestanding", "-fno-stack-protector", "-fno-pic"];
  const warnings = ["-Wall", "-Wextra", "-Werror"];
  const include = `-I${join(packageRoot(), "agent")}`;
  const objects = sources.map((source) => {
    const object = join(folder, `${basename(source)}.o`);
    execFileSync("clang", [
      ...[`--target=${triple}`, ...flags, ...warnings, include],
      ...["-c", join(packageRoot(), source), "-o", object],
    ]);
    return object;
  });
  const program = join(folder, name);
  const link = ["-m", emulation, "-static", "-nostdlib", "--gc-sections"];
  execFileSync("ld.lld", [...link, "-o", program, ...objects]);
  return program;
}
