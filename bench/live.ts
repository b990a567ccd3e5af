/**
 * A live guest under TCG, over a virtio port and over com2: the round trip of one system call and calls a second in batches, each
 * beside the same frames written and read by hand on the same channel. Prints figures and never fails for one. A FreeBSD guest too,
 * where TWQ_VM_IMAGE names its image.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { encodeFrame } from "../src/console/framing.js";
import { bootGuest } from "../src/live/guest/boot-guest.js";
import type { LiveGuest } from "../src/live/guest/live-guest.js";
import { encodeRequest } from "../src/protocol/encode-request.js";
import { call, batch, syscall } from "../src/protocol/steps.js";
import { buildTwins } from "../test/vm/global-setup.js";

/** Numbers of system calls. */
const callsOf = { linux: { getpid: 39, umask: 95 }, freebsd: { getpid: 20, umask: 60 } };
const ROUND_TRIPS = Number(process.env["BENCH_ROUND_TRIPS"] ?? 500);
const BATCHES = 10;
const CALLS = 4096;

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

function print(what: string, text: string): void {
  console.log(`${what.padEnd(44)}${text}`);
}

async function times(count: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const spentMs: number[] = [];
  for (let round = 0; round < count; round++) {
    const startedMs = performance.now();
    await work();
    spentMs.push(performance.now() - startedMs);
  }
  return spentMs.sort((a, b) => a - b);
}

function roundTrips(spentMs: readonly number[]): string {
  const shown = [0.5, 0.95, 0.99].map((share) => percentile(spentMs, share).toFixed(2));
  return `${shown.join(" / ")} ms (median / p95 / p99 of ${spentMs.length})`;
}

/** Distinct calls: what is the same would travel as one with a count. */
const distinct = (umask: number) =>
  Array.from({ length: CALLS }, (_, at) => [umask, at % 512] as const);

function perSecond(spentMs: readonly number[], calls: number): string {
  return `${Math.round((calls / percentile(spentMs, 0.5)) * 1000)} calls/s`;
}

/** Frames by hand: what the channel, QEMU, the guest and its agent cost without any of ours on this side. */
function byHand(port: Duplex, firstSeq: number): (request: string) => Promise<void> {
  let seq = firstSeq;
  let heard = "";
  let wanted = "";
  let resolve: () => void = () => undefined;
  port.on("data", (chunk: Buffer) => {
    heard = heard.slice(-200) + chunk.toString("latin1");
    if (heard.includes(wanted)) resolve();
  });
  return (request) =>
    new Promise((done) => {
      heard = "";
      wanted = `"step":${seq},"${request.includes(" batch ") ? "calls" : "nr"}"`;
      resolve = done;
      port.write(`${encodeFrame(seq++, request)}\n`);
    });
}

async function measure(title: string, guest: LiveGuest, port: Duplex): Promise<void> {
  const { getpid, umask } = callsOf[guest.plan.guest];
  await times(50, () => guest.syscall(getpid));
  const single = await times(ROUND_TRIPS, () => guest.syscall(getpid));
  print(`${title}, round trip`, roundTrips(single));
  const batches = await times(BATCHES, () => guest.batch(distinct(umask)));
  print(`${title}, batch of ${CALLS}`, perSecond(batches, CALLS));
  const piped = await times(3, () =>
    Promise.all(Array.from({ length: 500 }, () => guest.syscall(getpid))),
  );
  print(`${title}, 500 not awaited`, perSecond(piped, 500));
  const last = await guest.syscall(getpid);
  const ask = byHand(port, last.seq + 1);
  const one = encodeRequest(syscall({ nr: getpid }), { quiet: true });
  print(`${title}, by hand, round trip`, roundTrips(await times(ROUND_TRIPS, () => ask(one))));
  // A whole batch at once is more than other channels hold.
  if (guest.plan.guest !== "linux" || port !== guest.machine.port) return;
  const calls = distinct(umask).map(([nr, mask]) => call({ nr, args: [mask] }));
  const whole = encodeRequest(batch(calls), { quiet: true });
  print(`${title}, by hand, batch`, perSecond(await times(BATCHES, () => ask(whole)), CALLS));
}

const folder = mkdtempSync(join(tmpdir(), "kernlane-bench-live-"));
const boot = (kernel: string, name: string): Promise<LiveGuest> =>
  bootGuest({
    lane: { guest: "linux", kernels: { [name]: kernel }, machine: { memory: "256M" }, probe: [] },
    accel: "tcg",
    out: join(folder, name),
  });

print("host", `${cpus()[0]?.model ?? "?"}, ${cpus().length} cores, Node ${process.versions.node}`);
{
  const guest = await boot((await buildTwins()).twinKernel, "TWQDEBUG");
  const own = await guest.time([callsOf.linux.getpid], { count: 100_000, warmup: 1000 });
  print(
    "getpid(2) in the guest",
    `${own.medianNs} ns (median, the clock's ${own.clockNs} ns subtracted)`,
  );
  await measure("virtio port", guest, guest.machine.port!);
  await guest.stop();
}
{
  const guest = await boot("auto", "stock");
  if (guest.identity["channel"] === "/dev/ttyS1")
    await measure("com2", guest, guest.machine.channel);
  else print("com2", "not measured: the stock kernel has a driver for the virtio port");
  await guest.stop();
}
const image = process.env["TWQ_VM_IMAGE"];
if (image) {
  const guest = await bootGuest({
    lane: { guest: "freebsd", image, kernels: { stock: "auto" }, probe: [] },
    accel: "tcg",
    out: join(folder, "freebsd"),
  });
  const isPort = String(guest.identity["channel"]).startsWith("/dev/vtcon/");
  const { port, channel } = guest.machine;
  await measure(isPort ? "FreeBSD, virtio port" : "FreeBSD, com2", guest, isPort ? port! : channel);
  await guest.stop();
}
rmSync(folder, { recursive: true, force: true });
