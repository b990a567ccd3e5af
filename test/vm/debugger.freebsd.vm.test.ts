/**
 * What a FreeBSD kernel with DDB is asked when it dies, on an image and a kernel of the user's own; gated as `twq.freebsd.vm.test.ts`.
 */
import { expect, test } from "vitest";
import { twqLane } from "../../lanes/twq/lane.js";
import { probeGuest } from "../../src/run/probe-guest.js";
import { syscall, sysctl, type Step } from "../../src/protocol/steps.js";
import { tempFolder } from "../temp-folder.js";

const GATE = "TWQ_RUN_VM_INTEGRATION";
const kernel = process.env["TWQ_KERNEL_CONF"]?.trim() || "TWQDEBUG";
const DEADLINE_MS = 10 * 60_000;
/** select(2) without a time. */
const wait = { nr: 93, args: [0, 0, 0, 0, 0], deadlineMs: 1_500 };

async function run(probe: readonly Step[], commands?: readonly string[]) {
  const lane = { ...twqLane(process.env), probe, ...(commands ? { debugger: commands } : {}) };
  return probeGuest({ lane, kernel, out: tempFolder("debugger") });
}

test.runIf(process.env[GATE] === "1")(
  "a panic stops in ddb, which answers the lane's commands",
  async () => {
    const column = await run(
      [sysctl("kern.ident"), sysctl.set("debug.kdb.panic", 1)],
      ["bt", "nosuchcommand", "show alllocks", "ps"],
    );
    expect(column).toMatchObject({ verdict: "panicked", title: "panic: kdb_sysctl_panic" });
    expect(column.answers.map(({ question, ended }) => `${question} ${ended}`)).toEqual([
      ...["bt prompt", "nosuchcommand prompt", "show alllocks prompt", "ps prompt"],
    ]);
    expect(column.answers[0]!.lines.join("\n")).toMatch(/kdb_sysctl_panic/);
    expect(column.answers[3]!.lines.join("\n")).toMatch(/agent/);
  },
  DEADLINE_MS,
);

test.runIf(process.env[GATE] === "1")(
  "without commands it ends at once, as a kernel without ddb",
  async () => {
    const column = await run([sysctl.set("debug.kdb.panic", 1)], []);
    expect(column).toMatchObject({ verdict: "panicked", answers: [] });
    expect(column.evidence.join("\n")).not.toMatch(/KDB: enter/);
  },
  DEADLINE_MS,
);

test.runIf(process.env[GATE] === "1")(
  "a late step says where it was in the kernel",
  async () => {
    const column = await run([
      sysctl("kern.ident", { expect: kernel }),
      syscall({ name: "direct", ...wait }),
      syscall({ name: "forked", ...wait, fork: true }),
    ]);
    expect(column.answers.map(({ from, question }) => `${from} ${question}`)).toEqual([
      ...["agent direct", "agent forked"],
    ]);
    for (const { lines } of column.answers)
      expect(lines.join("\n")).toMatch(/^thread \d+\n[^]*sys_select/);
  },
  DEADLINE_MS,
);
