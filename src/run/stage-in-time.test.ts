import { once } from "node:events";
import { expect, test } from "vitest";
import type { StagingPlan } from "../guests/guest.js";
import { stageInTime } from "./stage-in-time.js";

const plan = {} as StagingPlan;

/** A copy that ends only when it is told to. */
const endless = {
  async stage(_: StagingPlan, signal?: AbortSignal) {
    await once(signal!, "abort");
    throw signal!.reason;
  },
};

test("staging that goes on for longer than its budget is ended, and is trouble of the host", async () => {
  await expect(stageInTime(endless, plan, 5, new AbortController().signal)).rejects.toMatchObject({
    code: "stage-late",
    who: "host",
  });
});

test("staging that is interrupted ends with the reason of that", async () => {
  const user = new AbortController();
  const staging = stageInTime(endless, plan, 60_000, user.signal);
  user.abort("Ctrl-C");
  await expect(staging).rejects.toBe("Ctrl-C");
});

test("what is staged in time is left alone", async () => {
  let aborted = false;
  const quick = {
    stage: (_: StagingPlan, signal?: AbortSignal) => {
      signal!.addEventListener("abort", () => (aborted = true));
      return Promise.resolve();
    },
  };
  await stageInTime(quick, plan, 60_000, new AbortController().signal);
  expect(aborted).toBe(false);
});
