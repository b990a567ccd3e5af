import { expect, test } from "vitest";
import { openFreebsd } from "../../src/guests/freebsd/freebsd.js";
import type { StagingInput } from "../../src/guests/guest.js";
import { makeDisk } from "./staged-guest.js";

const input: StagingInput = {
  kernel: {
    path: "/boot/kernel/kernel",
    identity: { label: "GENERIC" },
    origin: "the image's own",
  },
  folder: "/runs/twq/stock",
  files: [
    { path: "/kernlane/agent", mode: 0o755, content: Buffer.from("agent"), why: "the agent" },
  ],
  diskFormat: "qcow2",
  memoryMiB: 512,
  guestDeadlineMs: 60_000,
  timeSeconds: 1_767_225_600,
};

test("a guest that is left to a person has the agent and its script, and does not start it", () => {
  const guest = openFreebsd({ image: makeDisk(), probeAt: "early" });
  const paths = (staged: StagingInput): readonly string[] =>
    guest.planStaging(staged).placed.map(({ path }) => path);
  const usual = paths(input);
  const idle = paths({ ...input, leavesAgentIdle: true });
  expect(usual.filter((path) => !idle.includes(path))).toEqual(["/etc/rc.conf.d/kernlane"]);
  expect(idle).toContain("/kernlane/agent");
  expect(idle).toContain("/etc/rc.d/kernlane");
});
