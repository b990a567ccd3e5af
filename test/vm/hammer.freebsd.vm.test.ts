/**
 * The kernel with state under the hammer, on an image and a build of the user's own, with its checks on: no panic, no lock order
 * reversal, nothing left allocated. Gate and variables are those of `twq.freebsd.vm.test.ts`; further:
 *
 *     TWQ_STATE_CONF        the kernel configuration; TWQSTATE if not set
 *     TWQ_HAMMER_SECONDS    how long; 20 if not set
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { twqLane } from "../../lanes/twq/lane.js";
import { program } from "../../src/protocol/steps.js";
import { probeGuest } from "../../src/run/probe-guest.js";
import type { ColumnRecord } from "../../src/run/record.js";
import { tempFolder } from "../temp-folder.js";
import { buildHammer } from "../twq/build-hammer.js";

const conf = process.env["TWQ_STATE_CONF"]?.trim() || "TWQSTATE";
const seconds = Number(process.env["TWQ_HAMMER_SECONDS"]?.trim() || 20);
const IN_GUEST = "/kernlane/bin/hammer";
/** Boot, power-off, and what a busy machine takes for them. */
const AROUND_MS = 15 * 60_000;

describe.runIf(process.env["TWQ_RUN_VM_INTEGRATION"] === "1")(`${conf} under the hammer`, () => {
  const folder = tempFolder("hammer");
  let record: ColumnRecord;
  beforeAll(
    async () => {
      const lane = twqLane({ ...process.env, TWQ_KERNEL_CONF: conf });
      record = await probeGuest({
        lane: {
          ...lane,
          files: { [IN_GUEST]: buildHammer(folder) },
          timeouts: { probe: `${seconds + 180}s` },
          probe: [program(IN_GUEST, [String(seconds)], { deadlineMs: seconds * 1000 + 120_000 })],
        },
        kernel: conf,
        out: join(folder, "run"),
      });
    },
    AROUND_MS + seconds * 1000,
  );

  test("lives, and has nothing to report", () => {
    const { verdict, evidence, error } = record;
    expect([verdict, error, ...evidence]).toEqual(["passed", null]);
  });

  test("has let go of every process and thread", () => {
    const events = readFileSync(join(record.folder, record.files.events), "utf8");
    const [said] = /hammer: [^"]*/.exec(events) ?? [];
    expect(said).toMatch(/^hammer: clean processes=\d+/);
  });
});
