import { expect, test } from "vitest";
import { LaneError } from "../../base/errors.js";
import type { Observation } from "../../protocol/decode-reply.js";
import { callSite } from "../session/call-site.js";
import { countWhile } from "./counters.js";
import { stepReply } from "./reply.js";
import { openSysctl } from "./sysctl.js";

function observation(data: Observation["data"]): Observation {
  return { seq: 1, stepId: 1, name: "x", kind: "x", status: "ok", data, meta: {}, framed: true };
}

/** A guest that answers once, and has ended by then. */
function endingGuest(error: LaneError) {
  let isFirst = true;
  return openSysctl(() => {
    if (!isFirst) return Promise.reject(error);
    isFirst = false;
    return Promise.resolve(stepReply(observation({ before: "60", after: "10" }), "linux"));
  });
}

test("a setting ends quietly with its guest, and with no other trouble", async () => {
  const over = new LaneError("guest-ended", "x: the guest has ended, panicked");
  const setting = await endingGuest(over).set("vm.swappiness", 10);
  await expect(setting[Symbol.asyncDispose]()).resolves.toBeUndefined();
  const refused = new LaneError("guest-call-failed", "x: EPERM");
  const other = await endingGuest(refused).set("vm.swappiness", 10);
  await expect(other[Symbol.asyncDispose]()).rejects.toBe(refused);
  const asked = await endingGuest(over).set("vm.swappiness", 10);
  await expect(asked.restore()).rejects.toBe(over);
});

test("counters of which there are none are refused", async () => {
  const ask = () => Promise.resolve({ reply: observation({ content: "\n" }), lines: [] } as never);
  const counting = { ask, family: "linux" as const, site: callSite() };
  await expect(countWhile(counting, "/proc/empty", () => 1, {})).rejects.toMatchObject({
    code: "guest-call-failed",
    message: "counters /proc/empty: no counters there",
  });
});
