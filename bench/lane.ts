/**
 * The lane beside the bare QEMU command of the same kernel and initramfs, interleaved in one run; staging alone; the command
 * line's start; peak memory. Prints figures and never fails for one.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { linuxLane } from "../lanes/linux/lane.js";
import { openLinux } from "../src/guests/linux/linux.js";
import { runCommand } from "../src/host/command.js";
import { packageRoot } from "../src/host/paths.js";
import { findHostFacts } from "../src/run/host-facts.js";
import { planRun } from "../src/run/plan.js";
import { resolveRequest } from "../src/lane/request.js";
import { runLane } from "../src/run/run-lane.js";
import { median, spread } from "./figures/median.js";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const folder = mkdtempSync(join(tmpdir(), "kernlane-bench-"));

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function runOnce(): Promise<void> {
  const { verdict } = await runLane(request);
  if (verdict !== "passed")
    throw new Error(`the run was ${verdict ?? "no verdict"}: there is nothing to compare`);
}

/** The bare command: the same machine, with its serial ports going nowhere. */
function bareArgv(argv: readonly string[]): readonly string[] {
  return argv
    .map((word) => word.replace(/^socket,id=(com\d),fd=\d$/, "null,id=$1"))
    .filter((word, index, all) => {
      const control = (one: string | undefined): boolean => one?.includes("qmp") === true;
      return !control(word) && !(["-chardev", "-mon"].includes(word) && control(all[index + 1]));
    });
}

const request = resolveRequest(
  { name: "bench", lane: linuxLane, folder: process.cwd() },
  { accel: "tcg", out: join(folder, "run"), keep: true },
);
const plan = await planRun(request, await findHostFacts(request, true));
const column = plan.columns[0]!;

const laneMs: number[] = [];
const bareMs: number[] = [];
const stagingMs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  laneMs.push(await timed(runOnce));
  stagingMs.push(await timed(() => openLinux().stage(column.staging)));
  bareMs.push(await timed(() => runCommand({ argv: bareArgv(column.argv[0]!) }, 300_000)));
}

const kernel = `--kernel=stock=${column.file.path}`;
const cli = join(packageRoot(), "bin", "kernlane.js");
const startMs = [1, 2, 3, 4, 5].map(() => {
  const startedMs = performance.now();
  spawnSync(process.execPath, [cli, "plan", kernel, "--accel=tcg"]);
  return performance.now() - startedMs;
});

console.log(
  `host              ${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, Node ${process.versions.node}, ${plan.facts.hypervisorVersion}`,
);
console.log(
  `kernel            ${column.file.identity.label}, ${statSync(column.file.path).size} bytes, TCG, ${ROUNDS} rounds interleaved`,
);
console.log(`lane, whole run   ${spread(laneMs)}`);
console.log(`bare QEMU         ${spread(bareMs)}`);
console.log(`ratio             ${(median(laneMs) / median(bareMs)).toFixed(3)}`);
console.log(`staging alone     ${median(stagingMs).toFixed(1)} ms (median)`);
console.log(
  `kernlane plan     ${median(startMs).toFixed(0)} ms (median; a process from its start to the printed plan)`,
);
console.log(
  `peak memory       ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB (this process)`,
);
rmSync(folder, { recursive: true, force: true });
