/**
 * The stateful twin beside the model of its contract: the good one agrees with it however it is asked, and each of the two that
 * have a mistake is found out, with the shortest sequence that shows it.
 */
import { rmSync } from "node:fs";
import { expect, inject, test } from "vitest";
import { bootGuest, type LiveGuest } from "../../src/index.js";
import { liveKernel } from "../twq/live-kernel.js";
import { findShortestDisagreement } from "../twq/play.js";

/** As many as find each mistake with every seed that was tried. */
const SEQUENCES = 300;

async function withGuest<Result>(
  kernel: string,
  use: (guest: LiveGuest) => Promise<Result>,
): Promise<Result> {
  const guest = await bootGuest({ lane: "linux", kernels: { twin: kernel }, memory: "256M" });
  try {
    return await use(guest);
  } finally {
    const { verdict, title } = await guest.close();
    rmSync(guest.plan.folder, { recursive: true, force: true });
    expect([verdict, title]).toEqual(["passed", title]);
  }
}

test("the stateful kernel and the model never disagree", { timeout: 600_000 }, async () => {
  const found = await withGuest(inject("statefulKernel"), (guest) =>
    findShortestDisagreement(liveKernel(guest), { numRuns: SEQUENCES }),
  );
  expect(found?.test).toBeUndefined();
});

test("a record that is not dropped is found out", { timeout: 600_000 }, async () => {
  const found = await withGuest(inject("teardownKernel"), (guest) =>
    findShortestDisagreement(liveKernel(guest), { numRuns: SEQUENCES }),
  );
  expect(found?.commands).toHaveLength(2);
  expect(found?.test).toContain("guest.process()");
});

test("a count that is off by one is found out", { timeout: 600_000 }, async () => {
  const found = await withGuest(inject("offByOneKernel"), (guest) =>
    findShortestDisagreement(liveKernel(guest), { numRuns: SEQUENCES }),
  );
  expect(found?.commands.length).toBeLessThanOrEqual(4);
  expect(found?.index).toBeDefined();
});
