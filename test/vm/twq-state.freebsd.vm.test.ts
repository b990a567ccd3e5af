/**
 * A FreeBSD kernel whose twq_kernreturn has state, on an image and kernels of the user's own: what the lane twq-state asks of it,
 * the ends of processes and threads, and random sequences of calls beside the model of the contract; and the two kernels that
 * are broken on purpose, each of which the sequences have to find out.
 *
 *     TWQ_RUN_VM_INTEGRATION=1 TWQ_VM_IMAGE=… TWQ_KERNEL_OBJDIRPREFIX=… npx vitest run --project freebsd
 *
 * The kernels TWQSTATE, TWQBREAK-TEARDOWN and TWQBREAK-OFF-BY-ONE have to be built there. Without the first variable nothing is
 * booted, and the output says so; with it, whatever is missing fails.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  INIT,
  initArgs,
  qosClass,
  REQTHREADS,
  reqthreadsArgs,
  SPI_VERSION,
  THREAD_ENTER,
  TWQ_KERNRETURN,
} from "../../lanes/twq/abi.js";
import { liveRecords } from "../../lanes/twq/model.js";
import { counterSources } from "../../lanes/twq/stats.js";
import { twqStateLane } from "../../lanes/twq/lane.js";
import { bootGuest, type LiveGuest } from "../../src/index.js";
import { probeGuest } from "../../src/run/probe-guest.js";
import { tempFolder } from "../temp-folder.js";
import { buildProgram } from "../twq/build-program.js";
import { ends, FORKS } from "../twq/ends.js";
import { liveKernel } from "../twq/live-kernel.js";
import { findShortestDisagreement } from "../twq/play.js";
import { readTwqStats } from "../twq/read-stats.js";

const GATE = "TWQ_RUN_VM_INTEGRATION";
const isAskedFor = process.env[GATE] === "1";

/** Some boots under emulation, on a machine that has other things to do. */
const DEADLINE_MS = 30 * 60_000;
/** As many as find each mistake with every seed that was tried. */
const SEQUENCES = 300;
/** How long a thread that is blocked goes on being busy. */
const WINDOW = "kern.twq.busy_window_usecs";
/** Longer than any test, so that one that waits for its next call is busy, as the model has it. */
const LONGEST_USECS = 2_147_483_647;

test("the kernels with state are tried, or it is said why not", (context) => {
  const reason = `${GATE} is not 1: no FreeBSD guest was booted`;
  if (isAskedFor) return;
  process.stderr.write(`skipped: ${reason}\n`);
  context.skip(reason);
});

function laneOf(kernel: string) {
  return twqStateLane({ ...process.env, TWQ_KERNEL_CONF: kernel });
}

async function bootLive(kernel: string): Promise<LiveGuest> {
  const folder = tempFolder("twq");
  const guest = await bootGuest({
    lane: {
      ...laneOf(kernel),
      files: { [FORKS]: buildProgram("forks", ["test/twq/forks.c"], "freebsd", folder) },
    },
    kernel,
    checkpoint: true,
    out: join(folder, "run"),
  });
  await guest.sysctl.set(WINDOW, LONGEST_USECS);
  return guest;
}

describe.runIf(isAskedFor)("the lane", () => {
  test.each(["stock", "TWQSTATE"])("%s passes", { timeout: DEADLINE_MS }, async (kernel) => {
    const out = join(tempFolder("twq"), "run");
    const { verdict, evidence, error } = await probeGuest({
      lane: laneOf("TWQSTATE"),
      kernel,
      out,
    });
    expect([verdict, error, ...evidence]).toEqual(["passed", null]);
  });
});

describe.runIf(isAskedFor)("the kernel with state", () => {
  let guest: LiveGuest;
  beforeAll(async () => {
    guest = await bootLive("TWQSTATE");
  }, DEADLINE_MS);
  afterAll(async () => {
    const { verdict, evidence } = await guest.close();
    expect([verdict, ...evidence]).toEqual(["passed"]);
  }, DEADLINE_MS);

  test.each(Object.entries(ends))(
    "leaves no record after %s",
    { timeout: DEADLINE_MS },
    async (_, end) => {
      await end(guest);
      const { counters } = await readTwqStats(guest);
      expect(liveRecords(counters)).toEqual({ processes: 0, threads: 0 });
    },
  );

  test("takes a thread that is blocked for long for one that needs no processor", async () => {
    const { width } = await readTwqStats(guest);
    const four = reqthreadsArgs({ version: SPI_VERSION, reqcount: 4 });
    const admit = [TWQ_KERNRETURN, REQTHREADS, four, reqthreadsArgs.size, 0] as const;
    const { changed } = await guest.counters(counterSources.freebsd, async () => {
      await using process = await guest.process();
      const args = initArgs({ version: SPI_VERSION });
      await process.syscall(TWQ_KERNRETURN, INIT, args, initArgs.size, 0);
      const helper = await process.thread();
      await helper.syscall(TWQ_KERNRETURN, THREAD_ENTER, 0, qosClass.userInteractive, 0);
      expect(await process.syscall(...admit)).toMatchObject({
        value: BigInt(Math.min(4, width - 1)),
      });
      const window = await guest.sysctl.set(WINDOW, 1000);
      await guest.sleep(50);
      const later = await process.syscall(...admit);
      await window.restore();
      expect(later).toMatchObject({ value: BigInt(Math.min(4, width)) });
    });
    expect(changed["switch_block_count"]).toBeGreaterThanOrEqual(1);
  });

  test("never disagrees with the model", { timeout: DEADLINE_MS }, async () => {
    const found = await findShortestDisagreement(liveKernel(guest), { numRuns: SEQUENCES });
    expect(found?.test).toBeUndefined();
  });
});

describe.runIf(isAskedFor).each(["TWQBREAK-TEARDOWN", "TWQBREAK-OFF-BY-ONE"])("%s", (kernel) => {
  test("is found out by two commands", { timeout: DEADLINE_MS }, async () => {
    const guest = await bootLive(kernel);
    try {
      const found = await findShortestDisagreement(liveKernel(guest), { numRuns: SEQUENCES });
      expect(found?.commands).toHaveLength(2);
    } finally {
      await guest.close();
    }
  });
});
