/**
 * Staging a kernel of 40 MB into a sparse disk of 8 GiB, beside a user's own way in the same run: a copy of the disk, and 40 MB
 * written into it. Nothing writes a UFS2 without root but kernlane, so the own way writes its 40 MB to a place of the copy as they
 * are: no tool that keeps a file system right can be faster. Prints figures and never fails for one.
 */
import { randomFillSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildFreebsdKernel } from "../test/fixtures/freebsd-kernel-file.js";
import { runCommand } from "../src/host/command.js";
import { packageRoot } from "../src/host/paths.js";
import { median, spread } from "./figures/median.js";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const MIB = 1024 * 1024;
const KERNEL_BYTES = 40_000_000;
const DISK_BYTES = 8192 * MIB;
/** makefs(8) counts in 32 bits, so the file system ends before 2 GiB. */
const ROOT_MIB = 1900;
const ROOT_AT_MIB = 2;
/** What an installed system has, more or less. */
const DATA_BYTES = 1024 * MIB;
const DEADLINE_MS = 600_000;

const folder = mkdtempSync(join(tmpdir(), "kernlane-bench-"));
const at = (name: string): string => join(folder, name);

async function command(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand({ argv }, DEADLINE_MS);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return stdout;
}

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** The least that staging looks for, and a gigabyte of data. */
async function makeDisk(path: string): Promise<void> {
  const tree = at("tree");
  put(join(tree, "boot/defaults/loader.conf"), 'loader_conf_dirs="/boot/loader.conf.d"\n');
  put(join(tree, "boot/lua/config.lua"), "-- loader_conf_dirs\n");
  put(join(tree, "boot/kernel/kernel"), buildFreebsdKernel({ ident: "GENERIC" }));
  for (const name of ["etc/rc", "etc/rc.subr"]) put(join(tree, name), "#!/bin/sh\n");
  put(join(tree, "data"), randomFillSync(Buffer.alloc(DATA_BYTES)));
  const size = ["-s", `${ROOT_MIB}m`, "-f", "10000"];
  const shape = ["-o", "version=2,bsize=32768,fsize=4096"];
  await command("makefs", "-t", "ffs", "-B", "little", ...size, ...shape, at("root"), tree);
  writeFileSync(path, "");
  truncateSync(path, DISK_BYTES);
  const partition = `2:${ROOT_AT_MIB * 2048}:+${ROOT_MIB}M`;
  const boot = ["-a", "1", "-n", "1:40:+64K", "-t", "1:a501"];
  await command("sgdisk", "-o", ...boot, "-n", partition, "-t", "2:a503", path);
  // What is no boot code to the last byte: it is only looked for, and never run.
  for (const sector of [0, 40])
    await command(
      "sh",
      "-c",
      `printf x | dd of="$1" bs=512 seek=${sector} conv=notrunc`,
      "sh",
      path,
    );
  const sparse = ["bs=1M", `seek=${ROOT_AT_MIB}`, "conv=notrunc,sparse"];
  await command("dd", `if=${at("root")}`, `of=${path}`, ...sparse);
  for (const name of ["tree", "root"]) rmSync(at(name), { recursive: true });
}

/** What is measured, in a process of its own: the built package, so that its memory is what a user's run needs. */
const STAGE = `
import { resolveRequest, stageImage, syscall } from ${JSON.stringify(join(packageRoot(), "dist", "index.js"))};
const [image, kernel, to, format] = process.argv.slice(1);
const lane = { guest: "freebsd", probe: [syscall({ nr: 20, name: "getpid()" })] };
const options = { image, kernels: { BENCH: kernel }, only: "BENCH" };
const startedMs = performance.now();
await stageImage(resolveRequest({ name: "bench", lane, folder: "/" }, options), to, format);
const ms = performance.now() - startedMs;
console.log(JSON.stringify({ ms, memoryMiB: process.resourceUsage().maxRSS / 1024 }));
`;

interface Figures {
  readonly ms: number;
  readonly memoryMiB: number;
}

async function stage(format: "qcow2" | "raw"): Promise<Figures & { readonly sizeBytes: number }> {
  const to = at(`staged.${format}`);
  const script = ["--input-type=module", "-e", STAGE];
  const told = await command(process.execPath, ...script, at("disk.raw"), at("kernel"), to, format);
  const sizeBytes = statSync(to).blocks * 512;
  rmSync(to);
  return { ...(JSON.parse(told) as Figures), sizeBytes };
}

async function ownWay(): Promise<number> {
  const copy = at("copy.raw");
  const startedMs = performance.now();
  await command("cp", at("disk.raw"), copy);
  await command("dd", `if=${at("kernel")}`, `of=${copy}`, "bs=1M", "seek=4096", "conv=notrunc");
  const ms = performance.now() - startedMs;
  rmSync(copy);
  return ms;
}

try {
  await makeDisk(at("disk.raw"));
  const elf = buildFreebsdKernel({ ident: "BENCH" });
  put(at("kernel"), Buffer.concat([elf, randomFillSync(Buffer.alloc(KERNEL_BYTES - elf.length))]));
  const overlays = [];
  const copies = [];
  const own = [];
  for (let round = 0; round < ROUNDS; round++) {
    overlays.push(await stage("qcow2"));
    own.push(await ownWay());
    copies.push(await stage("raw"));
  }
  const heldMiB = Math.round((statSync(at("disk.raw")).blocks * 512) / MIB);
  console.log(
    `host              ${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, Node ${process.versions.node}`,
  );
  console.log(
    `disk              8 GiB sparse, ${heldMiB} MiB held; a kernel of 40 MB; ${ROUNDS} rounds interleaved`,
  );
  console.log(
    `staging, overlay  ${spread(overlays.map(({ ms }) => ms))}, ${Math.round(overlays[0]!.sizeBytes / MIB)} MiB written`,
  );
  console.log(`staging, raw copy ${spread(copies.map(({ ms }) => ms))}`);
  console.log(`cp, then dd       ${spread(own)}`);
  console.log(
    `peak memory       ${Math.round(median(overlays.map(({ memoryMiB }) => memoryMiB)))} MiB (overlay), ${Math.round(median(copies.map(({ memoryMiB }) => memoryMiB)))} MiB (raw copy)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
