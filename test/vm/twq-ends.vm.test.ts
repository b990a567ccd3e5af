/** Whatever ends a process or a thread of the stateful twin, its records go with it. */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { LiveGuest } from "../../src/index.js";
import { liveRecords } from "../../lanes/twq/model.js";
import { buildProgram } from "../twq/build-program.js";
import { ends, FORKS } from "../twq/ends.js";
import { readTwqStats } from "../twq/read-stats.js";
import { scratchFolder } from "./guest-run.js";
import { bootTwin } from "./live-guest.js";

let guest: LiveGuest;

beforeAll(async () => {
  guest = await bootTwin({
    kernels: { TWQSTATE: inject("statefulKernel") },
    files: {
      [FORKS]: buildProgram("forks", ["test/twq/forks.c"], "linux", scratchFolder()),
    },
  });
});

afterAll(async () => {
  expect(await guest.close()).toMatchObject({ verdict: "passed" });
});

test.each(Object.entries(ends))("no record is left after %s", async (_, end) => {
  await end(guest);
  const { counters } = await readTwqStats(guest);
  expect(liveRecords(counters)).toEqual({ processes: 0, threads: 0 });
});
