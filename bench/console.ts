/**
 * How fast consoles are read: the corpus of `test/consoles/` over and over, which is nothing but deaths, and a boot without one, which is
 * what a console mostly is. Counts this process's own CPU time, so that other work on the machine does not count. Prints figures and never
 * fails for one.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { GuestFamily } from "../src/base/family.js";
import { openConsoleReader } from "../src/console/console-reader.js";
import { packageRoot } from "../src/host/paths.js";
import { parseConsoleFile } from "../test/consoles/console-file.js";
import { median } from "./figures/median.js";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const MEGABYTE = 1_000_000;
const MEGABYTES = 8;
/** A serial port's reads. */
const CHUNK_BYTES = 4096;

function deaths(family: GuestFamily): Buffer {
  const folder = `${packageRoot()}/test/consoles/${family}`;
  const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  return Buffer.concat(
    names.map((name) => parseConsoleFile(readFileSync(`${folder}/${name}`)).console),
  );
}

/** Lines like those of a boot: devices, addresses, numbers; every tenth is a program's. */
function boot(family: GuestFamily): Buffer {
  const lines = Array.from({ length: 2000 }, (_, n) => {
    const text = `pci 0000:00:${(n % 32).toString(16)}.0: BAR ${n % 6} [mem 0xfebd${n}000-0xfebd${n}fff 64bit pref] of device ${n}`;
    if (n % 10 === 0) return `Starting service ${n}: done.`;
    return family === "linux" ? `[${(n / 100).toFixed(6).padStart(12)}] ${text}` : text;
  });
  return Buffer.from(`${lines.join("\r\n")}\r\n`);
}

/** @returns megabytes for each second of CPU */
function speedOf(family: GuestFamily, piece: Buffer): number {
  const bytes = Buffer.concat(
    Array<Buffer>(Math.ceil((MEGABYTES * MEGABYTE) / piece.length)).fill(piece),
  );
  const reader = openConsoleReader({ family });
  const before = process.cpuUsage();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    reader.push(bytes.subarray(at, at + CHUNK_BYTES));
  reader.end();
  const { user, system } = process.cpuUsage(before);
  return bytes.length / (user + system);
}

console.log(`consoles of ${MEGABYTES} MB, ${ROUNDS} rounds, MB for each second of CPU`);
for (const family of ["linux", "freebsd"] as const) {
  for (const [what, piece] of [
    ["deaths", deaths(family)],
    ["a boot", boot(family)],
  ] as const) {
    speedOf(family, piece);
    const speeds = Array.from({ length: ROUNDS }, () => speedOf(family, piece));
    console.log(
      `${family}, ${what}: ${median(speeds).toFixed(1)} (${speeds.map((speed) => speed.toFixed(1)).join(", ")})`,
    );
  }
}
