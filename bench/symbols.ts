/**
 * A backtrace to its source lines with a large file of symbols: cold (not in the system's memory, and nothing asked before), with a warm file, and
 * warm (asked before). The file is the twin's vmlinux made 400 MB large, or the one that BENCH_VMLINUX names, whose functions are then asked for.
 */
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseFrame, type Frame } from "../src/console/stack.js";
import { findSymbols } from "../src/symbols/find-symbols.js";
import { openSymbolizer } from "../src/symbols/open-symbolizer.js";
import { run } from "../test/symbols-fixture.js";
import { buildTwins } from "../test/vm/global-setup.js";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const SIZE_BYTES = 400 * 1024 * 1024;
const FRAMES = 24;

const folder = mkdtempSync(join(tmpdir(), "kernlane-bench-"));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const named = process.env["BENCH_VMLINUX"];
  const vmlinux = named ?? grown(join(dirname((await buildTwins()).twinKernel), "vmlinux"));
  const frames = someFrames(vmlinux);
  console.log(
    `${vmlinux}: ${Math.round(statSync(vmlinux).size / 1e6)} MB, ${frames.length} frames`,
  );
  const cold: number[] = [];
  const warmFile: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    process.env["XDG_CACHE_HOME"] = mkdtempSync(join(folder, "cache-"));
    dropFromMemory(vmlinux);
    cold.push(await timed(vmlinux, frames));
    warm.push(await timed(vmlinux, frames));
    process.env["XDG_CACHE_HOME"] = mkdtempSync(join(folder, "cache-"));
    warmFile.push(await timed(vmlinux, frames));
  }
  show("cold", cold);
  show("the file in the system's memory", warmFile);
  show("asked before", warm);
  console.log(
    `peak memory of this process  ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
  );
}

/** From the end of a report to all of its lines, as a run does it. */
async function timed(vmlinux: string, frames: readonly Frame[]): Promise<number> {
  const startedMs = performance.now();
  const symbols = await findSymbols({ proof: { family: "linux" }, kernel: vmlinux });
  await using symbolizer = await openSymbolizer(symbols);
  const resolved = await symbolizer.resolve(frames);
  const spentMs = performance.now() - startedMs;
  const without = resolved.find(({ places }) => places.length === 0);
  if (without !== undefined) throw new Error(without.problem);
  return spentMs;
}

/** With a section of bytes that cannot be packed, at the end. */
function grown(vmlinux: string): string {
  const filler = join(folder, "filler");
  const megabytes = Math.ceil((SIZE_BYTES - statSync(vmlinux).size) / 1024 / 1024);
  const random = ["if=/dev/urandom", `of=${filler}`, "bs=1048576", `count=${megabytes}`];
  run("dd", random, folder);
  const large = join(folder, "vmlinux");
  copyFileSync(vmlinux, large);
  run("objcopy", [`--add-section=.debug_filler=${filler}`, large], folder);
  rmSync(filler);
  return large;
}

/** GNU dd(1) alone does that without root, and only for what was written to the disk. */
function dropFromMemory(path: string): void {
  run("sync", [path], folder);
  run("dd", [`if=${path}`, "iflag=nocache", "count=0"], folder);
}

/** The first places of functions that there is one of, from all over the kernel. */
function someFrames(vmlinux: string): readonly Frame[] {
  const listed = run("nm", ["-S", "--defined-only", vmlinux], folder);
  const functions = [...listed.matchAll(/^\w+ (\w+) T ([a-z]\w+)$/gm)];
  const step = Math.floor(functions.length / FRAMES);
  return functions
    .filter((_, index) => index % step === 0)
    .flatMap(
      ([, size, name]) => parseFrame(` ${name!}+0x1/0x${Number(`0x${size!}`).toString(16)}`) ?? [],
    )
    .slice(0, FRAMES);
}

function show(what: string, spentMs: readonly number[]): void {
  const sorted = spentMs.map(Math.round).sort((a, b) => a - b);
  console.log(
    `${what.padEnd(34)}${sorted[Math.floor(sorted.length / 2)]} ms (${sorted[0]} to ${sorted.at(-1)})`,
  );
}
