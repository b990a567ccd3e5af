/**
 * Checkpoints with the real QEMU: guests that resume from one, the cache of a lane's, and what is refused.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { LaneError } from "../../src/base/errors.js";
import type { Checkpoint } from "../../src/live/checkpoint/checkpoint.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";
import { restoreGuest } from "../../src/live/checkpoint/resume-guest.js";
import { scratchFolder } from "./guest-run.js";
import { bootTwin } from "./live-guest.js";
import { tempFolder } from "../temp-folder.js";

const GETPID = 39;
const PAUSE = 34;
const CLOCK_SETTIME = 227;
const CLOCK_GETTIME = 228;
const REALTIME = 0;
const MONOTONIC = 1;
const YEAR_2001_S = 1_000_000_000n;

let cache = "";

beforeAll(() => {
  cache = tempFolder("cache");
  vi.stubEnv("XDG_CACHE_HOME", cache);
});

afterAll(() => {
  vi.unstubAllEnvs();
});

const failure = (work: Promise<unknown>): Promise<LaneError> =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => (error instanceof LaneError ? error : Promise.reject(error as Error)),
  );

async function secondsOf(guest: LiveGuest, clock: number): Promise<bigint> {
  const { buffers } = await guest.syscall(CLOCK_GETTIME, clock, new Uint8Array(16));
  return Buffer.from(buffers[0]!).readBigInt64LE(0);
}

describe("a guest's own checkpoint", () => {
  let source: LiveGuest;
  let checkpoint: Checkpoint;
  let monotonicSeconds = 0n;
  const folder = tempFolder("vm");

  beforeAll(async () => {
    source = await bootTwin({}, { savable: true, out: join(folder, "run") });
    await source.writeFile("/tmp/both", "of the checkpoint");
    const past = Buffer.alloc(16);
    past.writeBigInt64LE(YEAR_2001_S);
    expect(await source.syscall(CLOCK_SETTIME, REALTIME, past)).toMatchObject({ value: 0n });
    monotonicSeconds = await secondsOf(source, MONOTONIC);
    checkpoint = await source.checkpoint();
  });

  afterAll(async () => {
    await checkpoint[Symbol.asyncDispose]();
    await source.stop();
  });

  test("lets the guest continue, and takes the space of what is not zeros", async () => {
    expect(await source.readFile("/tmp/both")).toBe("of the checkpoint");
    const { memory, state } = checkpoint.machine;
    expect(statSync(memory).size).toBe(256 * 1024 * 1024);
    expect(statSync(memory).blocks * 512).toBeLessThan(64 * 1024 * 1024);
    expect(statSync(state).size).toBeLessThan(2 * 1024 * 1024);
    expect(readdirSync(source.plan.folder)).not.toContain("memory");
  });

  test("is what two guests resume from, side by side and each on its own", async () => {
    const [one, two] = await Promise.all([restoreGuest(checkpoint), restoreGuest(checkpoint)]);
    await one.writeFile("/tmp/one", "here only");
    await two.writeFile("/tmp/both", "changed in another");
    await source.writeFile("/tmp/both", "changed in the first guest");
    expect(await one.readFile("/tmp/one")).toBe("here only");
    expect((await failure(two.readFile("/tmp/one"))).message).toContain("ENOENT");
    expect(await one.readFile("/tmp/both")).toBe("of the checkpoint");
    expect(await two.readFile("/tmp/both")).toBe("changed in another");
    await using three = await restoreGuest(checkpoint);
    expect(await three.readFile("/tmp/both")).toBe("of the checkpoint");
    for (const guest of [one, two]) {
      const next = await guest.process("next");
      expect(await next.syscall(GETPID)).toMatchObject({ value: BigInt(next.pid) });
    }
    const { release, version, channel } = source.identity;
    expect(one.identity).toMatchObject({ release, version, channel });
    const records = await Promise.all([one.close(), two.close()]);
    expect(records.map(({ verdict }) => verdict)).toEqual(["passed", "passed"]);
    expect(new Set([source, one, two].map(({ plan }) => plan.folder)).size).toBe(3);
  });

  test("keeps the monotonic clock, and the guest gets the host's time of day", async () => {
    await using guest = await restoreGuest(checkpoint);
    const [first, second] = [await secondsOf(guest, MONOTONIC), await secondsOf(guest, MONOTONIC)];
    expect(first).toBeGreaterThanOrEqual(monotonicSeconds);
    expect(second).toBeGreaterThanOrEqual(first);
    const behindSeconds = Date.now() / 1000 - Number(await secondsOf(guest, REALTIME));
    expect(Math.abs(behindSeconds)).toBeLessThan(60);
    expect(await secondsOf(source, REALTIME)).toBeLessThan(YEAR_2001_S + 100_000n);
  });

  test("leaves the console open", async () => {
    await using guest = await restoreGuest(checkpoint);
    await guest.writeFile("/dev/console", "said after the checkpoint\n");
    expect(await guest.console.waitFor("said after")).toBe("said after the checkpoint");
    expect(guest.console.text()).not.toContain("Linux version");
    expect(readFileSync(join(checkpoint.folder, "console.log"), "latin1")).toContain(
      "Linux version",
    );
  });

  test("is one from which a guest can resume that is saved again", async () => {
    await using guest = await restoreGuest(checkpoint, { savable: true });
    await guest.writeFile("/tmp/second", "later");
    await using later = await guest.checkpoint();
    await using last = await restoreGuest(later);
    expect(await last.readFile("/tmp/second")).toBe("later");
    expect(await last.readFile("/tmp/both")).toBe("of the checkpoint");
  });

  test("does not hide a panic", async () => {
    const guest = await restoreGuest(checkpoint);
    const error = await failure(guest.writeFile("/proc/twq_fault", "panic", { name: "the fault" }));
    expect(error).toMatchObject({ code: "guest-ended", facts: { verdict: "panicked" } });
    expect((await guest.ended).title).toContain("twq_fault: asked for");
  });

  test("does not hide that somebody ended a guest, and nothing of it is left", async () => {
    const guest = await restoreGuest(checkpoint);
    process.kill(guest.machine.pid, "SIGKILL");
    expect(await guest.ended).toMatchObject({ verdict: "lost" });
    expect(readdirSync(guest.plan.folder).sort()).toEqual([
      "console.log",
      "events.jsonl",
      "record.json",
    ]);
  });

  test("is refused for another machine, with what differs", async () => {
    const error = await failure(bootTwin({ machine: { memory: "512M", cpus: 2 } }, { checkpoint }));
    expect(error).toMatchObject({ code: "checkpoint-mismatch", who: "usage" });
    expect(error.message).toMatch(/machine: found .* 256 MiB.*, expected .* 512 MiB/);
    const kernel = await failure(
      bootTwin({ kernels: { TWQDEBUG: inject("stockKernel") } }, { checkpoint }),
    );
    expect(kernel).toMatchObject({ code: "checkpoint-mismatch" });
    expect(kernel.message).toMatch(/kernel: found [0-9a-f]{64}, expected [0-9a-f]{64}/);
    await using guest = await bootTwin({}, { checkpoint });
    expect((await guest.syscall(GETPID)).value).toBeGreaterThan(1n);
  });

  test("is not made of a guest that was not started for it, is being asked, or has ended", async () => {
    await using guest = await restoreGuest(checkpoint);
    expect(await failure(guest.checkpoint())).toMatchObject({ code: "checkpoint-not-savable" });
    const busy = await restoreGuest(checkpoint, { savable: true });
    const process_ = await busy.process();
    const call = process_.syscall(PAUSE).catch(() => undefined);
    expect(await failure(busy.checkpoint())).toMatchObject({ code: "checkpoint-while-asked" });
    await process_.kill();
    await call;
    await busy.close();
    expect(await failure(busy.checkpoint())).toMatchObject({ code: "guest-ended" });
  });

  test("is removed when it is disposed of, and guests that resumed from it stay", async () => {
    const again = await source.checkpoint();
    await using guest = await restoreGuest(again);
    await again[Symbol.asyncDispose]();
    expect(existsSync(again.folder)).toBe(false);
    // It reads pages that it has not read before.
    expect((await guest.syscall(GETPID)).value).toBeGreaterThan(1n);
    expect(await guest.readFile("/tmp/both")).toBe("changed in the first guest");
    expect(await failure(restoreGuest(again))).toMatchObject({ code: "checkpoint-damaged" });
  });
});

describe("a lane's checkpoint in the cache", () => {
  const kept = (): readonly string[] => readdirSync(join(cache, "kernlane", "checkpoints"));
  const inCache = (...names: readonly string[]): string =>
    join(cache, "kernlane", "checkpoints", ...names);

  async function expectAnswers(kernel: string): Promise<string> {
    await using guest = await bootTwin({ kernels: { TWQDEBUG: kernel } }, { checkpoint: true });
    expect((await guest.syscall(GETPID)).value).toBeGreaterThan(1n);
    expect(guest.plan.argv[0]).toContain("-incoming");
    expect(await guest.close()).toMatchObject({ verdict: "passed" });
    return guest.plan.machine.saved!.state;
  }

  test("is made once, found again, and made again when the kernel changes or it is damaged", async () => {
    const kernel = join(scratchFolder(), "bzImage");
    copyFileSync(inject("twinKernel"), kernel);
    // Two at once: one makes it, the other waits for it.
    const [state, other] = await Promise.all([expectAnswers(kernel), expectAnswers(kernel)]);
    expect(other).toBe(state);
    expect(kept()).toHaveLength(1);
    const { mtimeMs } = statSync(state);
    expect(await expectAnswers(kernel)).toBe(state);
    expect(statSync(state).mtimeMs).toBe(mtimeMs);

    appendFileSync(kernel, "\0");
    expect(await expectAnswers(kernel)).not.toBe(state);
    expect(kept()).toHaveLength(2);

    truncateSync(kernel, statSync(kernel).size - 1);
    truncateSync(state, 1000);
    await expectAnswers(kernel);
    const whole = statSync(state);
    expect(whole.size).toBeGreaterThan(100_000);

    // Not to be told from a whole one by its looks.
    writeFileSync(state, Buffer.alloc(whole.size, "no state"));
    utimesSync(state, whole.atime, whole.mtime);
    const [key = ""] = kept().filter((name) => state.startsWith(inCache(name)));
    const described = inCache(key, "description.json");
    const text = readFileSync(described, "utf8");
    const looks = statSync(state).mtimeMs;
    writeFileSync(described, text.replaceAll(String(whole.mtimeMs), String(looks)));
    await expectAnswers(kernel);
    expect(readFileSync(state).includes("no state")).toBe(false);
    expect(kept()).toHaveLength(2);
  });
});
