/**
 * `kernlane/vitest` in a Vitest of its own, on real guests: who has which, what failures look like, and what is left.
 */
import { expect, test } from "vitest";
import { runVitest, type ChildRun } from "./child-vitest.js";
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
  expect(late!.message).toMatch(/^LaneError: after "has a fresh guest, .*": the guest has ended/);
  expect(late!.message).toContain("panicked");
  expect(run.boots).toBe(4);
  expect(run.output).toMatch(/after the file's last test: the guest has ended, failed: WARNING/);
  expectNothingLeft(run);
});

test("the files of a worker share a guest where they say so", async () => {
  const run = await runVitest({ files: ["worker"], args: ["--no-isolate", "--maxWorkers=1"] });
  expect(statuses(run)).toEqual(["passed", "passed"]);
  expect(run).toMatchObject({ code: 0, boots: 1 });
  expectNothingLeft(run);
});

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
