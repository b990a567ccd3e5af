/**
 * `kernlane/vitest` in a Vitest of its own, on real guests: who has which, what failures look like, and what is left.
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readEvents } from "../../src/run/event-log.js";
import { runVitest, writeTwinConfig, type ChildRun } from "./child-vitest.js";
import { scratchFolder } from "./guest-run.js";
import { findProcess } from "./processes.js";

const statuses = ({ tests }: ChildRun) => tests.map(({ status }) => status);

function expectNothingLeft({ folder }: ChildRun): void {
  expect(findProcess(folder)).toBeUndefined();
}

test("the tests of a file share one guest, and pass", async () => {
  const run = await runVitest({ files: ["healthy"] });
  expect(run.output).not.toContain("FAIL");
  expect(run).toMatchObject({ code: 0, boots: 1 });
  expect(statuses(run)).toEqual(["passed", "passed", "passed", "passed"]);
  expectNothingLeft(run);
});

test("a failure shows what was seen, a panic is its test's failure, and the next test has a fresh guest", async () => {
  const run = await runVitest({ files: ["dying"] });
  expect(run.code).toBe(1);
  expect(statuses(run)).toEqual(["failed", "failed", "failed", "passed", "passed"]);
  const [seen, panic, late] = run.tests;
  expect(seen!.message).toContain(
    "twq_kernreturn(INIT): expected to succeed with 1, saw ENOTSUP (95)\n\nthe console during this test:\n",
  );
  expect(seen!.message).toContain("twq: about to fail");
  expect(panic!.message).toMatch(/the guest has ended, panicked: .*twq_fault: asked for/);
  expect(panic!.message).toContain("Call Trace:");
  expect(panic!.message).toMatch(/ \[guest-ended\]\n/);
  expect(panic!.message).toMatch(/\nhint: the whole console is in .*console\.log\n/);
  expect(run.output).toContain("[guest-ended]");
  expect(late!.message).toMatch(/^LaneError: after "has a fresh guest, .*": the guest has ended/);
  expect(late!.message).toContain("panicked");
  expect(run.boots).toBe(4);
  expect(run.output).toMatch(/after the file's last test: the guest has ended, failed: WARNING/);
  expectNothingLeft(run);
});

test("each test has a guest of its own where it says so, from the lane's checkpoint", async () => {
  const run = await runVitest({ files: ["checkpointed"] });
  expect(run.output).not.toContain("FAIL");
  expect(statuses(run)).toEqual(["passed", "passed", "passed"]);
  expectNothingLeft(run);
});

test("the files of a worker share a guest where they say so", async () => {
  const run = await runVitest({ files: ["worker"], args: ["--no-isolate", "--maxWorkers=1"] });
  expect(statuses(run)).toEqual(["passed", "passed"]);
  expect(run).toMatchObject({ code: 0, boots: 1 });
  expectNothingLeft(run);
});

test("workers have no more guests at once than the host carries", async () => {
  const cwd = scratchFolder();
  writeTwinConfig(cwd, { cpus: availableParallelism() });
  const run = await runVitest({ cwd, files: ["worker"], args: ["--maxWorkers=2"] });
  expect(statuses(run)).toEqual(["passed", "passed"]);
  expect(run.boots).toBe(2);
  const [first, second] = readdirSync(join(cwd, ".kernlane", "runs"))
    .map((name) => lifeOf(join(cwd, ".kernlane", "runs", name, "TWQDEBUG", "events.jsonl")))
    .sort((one, other) => one.beganMs - other.beganMs);
  expect(second!.beganMs).toBeGreaterThanOrEqual(first!.endedMs);
});

/** When a guest was there, on the host's clock. */
function lifeOf(eventsLog: string): { readonly beganMs: number; readonly endedMs: number } {
  const events = readEvents(readFileSync(eventsLog, "utf8"), eventsLog);
  const started = events.find((event) => event.kind === "started");
  const ended = events.find((event) => event.kind === "machine-ended");
  const beganMs = Date.parse(started!.startedAt);
  return { beganMs, endedMs: beganMs + ended!.atMs };
}

test("behind a closed gate tests are skipped, and say why", async () => {
  const run = await runVitest({ files: ["gated"] });
  expect(run).toMatchObject({ code: 0, boots: 0 });
  expect(statuses(run)).toEqual(["skipped", "skipped"]);
  expect(run.output).toContain("TWQ_RUN_VM_INTEGRATION is not set; with TWQ_RUN_VM_INTEGRATION=1");
});

test("behind an open one what is missing is a failure of every test, and not a skip", async () => {
  const run = await runVitest({ files: ["gated"], env: { TWQ_RUN_VM_INTEGRATION: "1" } });
  expect(run).toMatchObject({ code: 1, boots: 0 });
  expect(statuses(run)).toEqual(["failed", "failed"]);
  expect(run.tests[1]!.message).toContain('the lane "twq" boots FreeBSD from a disk image');
});
