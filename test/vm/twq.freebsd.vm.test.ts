/**
 * The TWQ project's harness, on an image and a kernel of the user's own: stage, boot, probe, capture, shut down.
 *
 *     TWQ_RUN_VM_INTEGRATION=1 TWQ_VM_IMAGE=… TWQ_KERNEL_OBJDIRPREFIX=… npx vitest run --project freebsd
 *
 * All of the TWQ_* variables mean what they mean to `kernlane run twq`. Without the first one nothing is booted, and the output says
 * so; with it, whatever is missing fails.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { twqLane } from "../../lanes/twq/lane.js";
import type { ColumnRecord } from "../../src/run/record.js";
import type { LaneEvent } from "../../src/run/events.js";
import { probeGuest } from "../../src/run/probe-guest.js";
import { tempFolder } from "../temp-folder.js";

const GATE = "TWQ_RUN_VM_INTEGRATION";
const isAskedFor = process.env[GATE] === "1";
const scaffold = process.env["TWQ_KERNEL_CONF"]?.trim() || "TWQDEBUG";

/** Two boots under emulation, on a machine that has other things to do. */
const DEADLINE_MS = 15 * 60_000;

test("the TWQ guest is tried, or it is said why not", (context) => {
  const reason = `${GATE} is not 1: no FreeBSD guest was booted`;
  if (!isAskedFor) {
    process.stderr.write(`skipped: ${reason}\n`);
    context.skip(reason);
  }
  expect(missing()).toEqual([]);
});

function missing(): readonly string[] {
  const needed = {
    TWQ_VM_IMAGE: "the FreeBSD disk image that is booted",
    TWQ_KERNEL_OBJDIRPREFIX: `the MAKEOBJDIRPREFIX of the build of ${scaffold}`,
  };
  return Object.entries(needed)
    .filter(([name]) => (process.env[name] ?? "").trim() === "")
    .map(([name, meaning]) => `${name} is not set: ${meaning}`);
}

interface Probed {
  readonly record: ColumnRecord;
  readonly events: readonly LaneEvent[];
  readonly console: string;
}

async function probe(kernel: string, out: string): Promise<Probed> {
  const events: LaneEvent[] = [];
  const record = await probeGuest({
    lane: twqLane(process.env),
    kernel,
    out,
    listener: { event: (_, event) => void events.push(event) },
  });
  return {
    record,
    events,
    console: readFileSync(resolve(record.folder, record.files.console), "latin1"),
  };
}

/** A kernel that does not know the call says so by one of these. */
const WITHOUT = /^(SIGSYS|ENOSYS)$/;

const kernels = [
  ["stock", "GENERIC", WITHOUT, WITHOUT],
  [scaffold, scaffold, /^ENOTSUP$/, /^EINVAL$/],
] as const;

describe.runIf(isAskedFor).each(kernels)("%s", (kernel, ident, known, unknown) => {
  const folder = tempFolder("twq");
  let probed: Probed;
  beforeAll(async () => {
    if (missing().length > 0) throw new Error(missing().join("; "));
    probed = await probe(kernel, join(folder, "run"));
  }, DEADLINE_MS);

  test("is staged, booted, probed and shut down, in this order", () => {
    const { events, record } = probed;
    const phases = events.flatMap((event) => (event.kind === "phase" ? [event.phase] : []));
    expect(phases).toEqual(["stage", "load", "kernel", "rc", "probe", "power-off"]);
    const last = events.at(-1);
    expect(last).toMatchObject({ kind: "machine-ended", end: { how: "powered-off" } });
    expect(Object.values(record.phases).every((ms) => typeof ms === "number" && ms >= 0)).toBe(
      true,
    );
  });

  test("is the kernel that was asked for, by the console's banner and by its own word", () => {
    // On one line, or on two where the build's own path stands in it.
    const banner = new RegExp(`^FreeBSD \\d[^]{0,400}?[ /]${ident} amd64\\r?$`, "m");
    expect(probed.console).toMatch(banner);
    expect(probed.record.banner).toMatch(/^FreeBSD \d/);
    expect(probed.record.booted).toBe(ident);
    expect(probed.record.channel).toMatch(/^\/dev\/(vtcon\/kernlane\.probe|cuau1)$/);
  });

  test("answers the probe, and its lines are kept", () => {
    const seen = (name: string) => probed.record.steps.find(({ step }) => step === name)?.seen;
    expect(seen("twq_kernreturn(INIT)")).toMatch(known);
    expect(seen("twq_kernreturn(9999)")).toMatch(unknown);
    const lines = readFileSync(join(probed.record.folder, probed.record.files.events), "utf8");
    expect(lines.match(/"kind":"observation"/g)!.length).toBeGreaterThanOrEqual(4);
    expect(lines).toContain('"kind":"end"');
  });

  test("passes", () => {
    const { verdict, evidence, error } = probed.record;
    expect([verdict, error, ...evidence]).toEqual(["passed", null]);
  });
});
