/**
 * Checkpoints of guests under TCG: what saving takes, and how long after a restore the guest answers, beside its boot, and beside
 * QEMU's own share: the same machine restored and asked by hand. Prints figures and never fails for one. A Linux guest of 256 MiB, and
 * where TWQ_VM_IMAGE names an image, FreeBSD guests of 512 MiB and 1 GiB.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { encodeFrame } from "../src/console/framing.js";
import { runCommand } from "../src/host/command.js";
import { formatBytes } from "../src/base/units.js";
import { findQemu } from "../src/machine/qemu/binary.js";
import { openQemu } from "../src/machine/qemu/qemu.js";
import type { LaneConfig } from "../src/lane/lane.js";
import type { MachineSpec } from "../src/machine/machine.js";
import { bootGuest } from "../src/live/guest/boot-guest.js";
import { restoreGuest } from "../src/live/checkpoint/resume-guest.js";
import { QEMU_PROGRAM } from "../src/run/host-facts.js";
import { buildTwins } from "../test/vm/global-setup.js";
import { spread } from "./figures/median.js";

/** Numbers of getpid(2). */
const getpidOf = { linux: 39, freebsd: 20 };

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 7);
const BLOCK_BYTES = 512;

const folder = mkdtempSync(join(tmpdir(), "kernlane-bench-checkpoint-"));
const qemu = await findQemu(QEMU_PROGRAM);

function print(what: string, text: string): void {
  console.log(`${what.padEnd(44)}${text}`);
}

/** @param work returns what is let go of after the time was taken */
async function timed(work: () => Promise<() => Promise<unknown>>): Promise<number> {
  const startedMs = performance.now();
  const release = await work();
  const spentMs = performance.now() - startedMs;
  await release();
  return spentMs;
}

/** QEMU and the agent, with nothing of ours but the bytes of one frame. */
async function askByHand(spec: MachineSpec): Promise<() => Promise<unknown>> {
  const machine = await openQemu(qemu.path).start(spec);
  machine.console.resume();
  machine.channel.resume();
  const port = machine.port!;
  port.write(`\n${encodeFrame(0, "sync")}\n`);
  let heard = "";
  while (!heard.includes('"kind":"sync"')) {
    heard += await new Promise<string>((resolve) =>
      port.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1"))),
    );
  }
  return () => machine.stop();
}

let runCount = 0;

async function measure(title: string, lane: LaneConfig): Promise<void> {
  const boot = (checkpoint: boolean, savable = false) =>
    bootGuest({
      lane,
      accel: "tcg",
      out: join(folder, `run-${runCount++}`),
      checkpoint,
      savable,
      // The machine that is restored by hand has the files of the last one.
      keep: savable,
    });
  const getpid = getpidOf[lane.guest];
  const source = await boot(false, true);
  const savesMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    savesMs.push(
      await timed(async () => {
        const saved = await source.checkpoint();
        return async () => saved[Symbol.asyncDispose]();
      }),
    );
  }
  const checkpoint = await source.checkpoint();
  await source.stop();

  const restored: number[] = [];
  const byHand: number[] = [];
  const cached: number[] = [];
  const booted: number[] = [];
  const warm: number[] = [];
  // The cache is filled, and what is read once is read.
  await (await boot(true)).stop();
  for (let round = 0; round < ROUNDS; round++) {
    let spec: MachineSpec | undefined;
    restored.push(
      await timed(async () => {
        const guest = await restoreGuest(checkpoint);
        await guest.syscall(getpid);
        return async () => {
          warm.push(
            await timed(async () => (await guest.syscall(getpid), () => Promise.resolve())),
          );
          spec = guest.plan.machine;
          await guest.stop();
        };
      }),
    );
    byHand.push(await timed(() => askByHand(spec!)));
    cached.push(
      await timed(async () => {
        const guest = await boot(true);
        await guest.syscall(getpid);
        return () => guest.stop();
      }),
    );
    booted.push(
      await timed(async () => {
        const guest = await boot(false);
        await guest.syscall(getpid);
        return () => guest.stop();
      }),
    );
  }
  const { memory, state } = checkpoint.machine;
  const onDisk = (path: string): string => formatBytes(statSync(path).blocks * BLOCK_BYTES);
  console.log(title);
  print("checkpoint(), the guest goes on", spread(savesMs));
  print("on disk, memory and state", `${onDisk(memory)}, ${onDisk(state)}`);
  print("restoreGuest() to its first reply", spread(restored));
  print("the same by hand: QEMU, one frame", spread(byHand));
  print("bootGuest(), checkpoint cached, first reply", spread(cached));
  print("bootGuest(), no checkpoint, first reply", spread(booted));
  print("the second call of a restored guest", spread(warm));
  await checkpoint[Symbol.asyncDispose]();
}

print("host", `${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, QEMU ${qemu.version}, TCG`);
print(
  "qemu --version",
  spread([
    await timed(async () => {
      await runCommand({ argv: [qemu.path, "--version"] }, 60_000);
      return () => Promise.resolve();
    }),
  ]),
);
const { twinKernel } = await buildTwins();
await measure("Linux, 256 MiB", {
  guest: "linux",
  kernels: { twin: twinKernel },
  machine: { memory: "256M" },
  probe: [],
});
const image = process.env["TWQ_VM_IMAGE"];
for (const memory of image ? ["512M", "1G"] : []) {
  const lane = { guest: "freebsd", kernels: { stock: "auto" }, machine: { memory }, probe: [] };
  await measure(`FreeBSD, ${memory}`, { ...lane, image } as LaneConfig);
}
rmSync(folder, { recursive: true, force: true });
