/**
 * A live FreeBSD guest's channel and its checkpoints, on an image and a kernel of the user's own; gated as `twq.freebsd.vm.test.ts` is,
 * which says so where nothing is booted. Under QEMU: bhyve saves no machines.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { twqLane } from "../../lanes/twq/lane.js";
import type { Checkpoint } from "../../src/live/checkpoint/checkpoint.js";
import { restoreGuest } from "../../src/live/checkpoint/resume-guest.js";
import { bootGuest } from "../../src/live/guest/boot-guest.js";
import type { LiveGuest } from "../../src/live/guest/live-guest.js";
import { inBytes } from "../../src/protocol/buffers.js";
import { tempFolder } from "../temp-folder.js";

const isAskedFor = process.env["TWQ_RUN_VM_INTEGRATION"] === "1";
const scaffold = process.env["TWQ_KERNEL_CONF"]?.trim() || "TWQDEBUG";
/** A boot under emulation, on a machine that has other things to do. */
const BOOT_MS = 5 * 60_000;
const ASK_MS = 60_000;

// Numbers of FreeBSD.
const GETPID = 20;
const UMASK = 60;
const WRITE = 4;
const CALLS = 4096;

/** Each call's answer is the mask of the one before it: what is lost, doubled or mixed up would show. */
async function expectRightMasks(guest: LiveGuest): Promise<void> {
  const { results } = await guest.batch(
    Array.from({ length: CALLS }, (_, at) => [UMASK, at % 512] as const),
  );
  const masks = results.map(({ value }) => Number(value));
  expect(masks.slice(1)).toEqual(Array.from({ length: CALLS - 1 }, (_, at) => at % 512));
}

describe.runIf(isAskedFor).each(["stock", scaffold])("a live guest of %s", (kernel) => {
  let guest: LiveGuest;
  let checkpoint: Checkpoint;
  const held: AsyncDisposable[] = [];
  beforeAll(async () => {
    const out = join(tempFolder("channel"), "run");
    const lane = twqLane(process.env);
    guest = await bootGuest({ lane, kernel, hypervisor: "qemu", out, savable: true });
    held.push(guest);
    checkpoint = await guest.checkpoint();
    held.push(checkpoint);
  }, BOOT_MS);
  afterAll(async () => {
    for (const one of held) await one[Symbol.asyncDispose]();
  });

  test("is asked over the channel that its plan prefers", () => {
    expect(guest.identity["channel"]).toBe(guest.plan.channels[0]);
  });

  test(
    "answers many calls, long ones and many at once, and nothing of it is lost on the way",
    async () => {
      await expectRightMasks(guest);
      const long = inBytes(Buffer.alloc(60_000, 0x5a));
      const asked = Array.from({ length: 8 }, () => guest.syscall(WRITE, -1, long, 60_000));
      const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
      expect(new Set(outcomes)).toEqual(new Set(["EBADF"]));
      const pids = Array.from({ length: 500 }, () => guest.syscall(GETPID));
      expect(new Set((await Promise.all(pids)).map(({ value }) => value)).size).toBe(1);
      expect(readFileSync(guest.plan.eventsLog, "utf8")).not.toMatch(/"kind":"(nak|gap)"/);
    },
    ASK_MS,
  );

  test(
    "resumes two at a time, again and again; one that is killed in a call takes nothing from the other",
    async () => {
      for (let round = 0; round < 5; round++) {
        const pair = await Promise.all([restoreGuest(checkpoint), restoreGuest(checkpoint)]);
        await Promise.all(pair.map(expectRightMasks));
        const [killed, other] = pair;
        const slept = expect(killed.sleep(30_000)).rejects.toMatchObject({ code: "guest-ended" });
        process.kill(killed.machine.pid, "SIGKILL");
        await slept;
        await expectRightMasks(other);
        await other.stop();
      }
      await expectRightMasks(guest);
    },
    BOOT_MS,
  );
});
