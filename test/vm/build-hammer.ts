/** The program of `hammer/`, for FreeBSD, from the agent's own base and built as the agent is: by clang and lld, without a C library. */
import { spawnSync } from "node:child_process";
import { basename, join } from "node:path";
import { packageRoot } from "../../src/host/paths.js";

const SOURCES = [
  ...["calls.c", "life.c", "main.c"].map((name) => `test/vm/hammer/${name}`),
  ...["base.c", "os/freebsd-sysctl.c", "os/freebsd.c", "sys.c"].map((name) => `agent/base/${name}`),
];
const COMPILE = [
  "--target=x86_64-unknown-freebsd",
  ...["-std=c17", "-Os", "-ffreestanding", "-fno-stack-protector", "-fno-pic"],
  ...["-fno-asynchronous-unwind-tables", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"],
];
const LINK = [
  "-m",
  "elf_x86_64_fbsd",
  "-static",
  "-nostdlib",
  "--gc-sections",
  "-z",
  "noexecstack",
];

/** @returns the path of the program */
export function buildHammer(folder: string): string {
  const root = packageRoot();
  const objects = SOURCES.map((source) => {
    const object = join(folder, `${basename(source, ".c")}.o`);
    run("clang", [...COMPILE, `-I${join(root, "agent")}`, "-c", join(root, source), "-o", object]);
    return object;
  });
  const program = join(folder, "hammer");
  run("ld.lld", [...LINK, "-o", program, ...objects]);
  return program;
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${command} ended with ${status}: ${stderr}`);
}
