/**
 * `kernlane run --watch`, as a person who builds kernels uses it.
 */
import { copyFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import type { RunRecord } from "../../src/run/record.js";
import { start } from "../cli-process.js";
import { scratchFolder } from "./guest-run.js";

const CONFIG = `
import { steps } from "./steps.js";
export default { lanes: { mine: { guest: "linux", kernels: { mine: "bzImage" }, probe: steps } } };
`;

function stepsText(expected: string): string {
  return `import { syscall } from "kernlane";
export const steps = [syscall({ name: "INIT", nr: 468, args: [1], expect: "${expected}" })];`;
}

/** What a new kernel, a half-written one, a broken config and a change in the middle of a run lead to. */
test("runs again on each change, stops what is out of date, and goes on after what makes no run", async () => {
  const cwd = scratchFolder();
  const kernel = join(cwd, "bzImage");
  const steps = join(cwd, "steps.ts");
  copyFileSync(inject("stockKernel"), kernel);
  writeFileSync(join(cwd, "kernlane.config.ts"), CONFIG);
  writeFileSync(steps, stepsText("ENOTSUP"));
  const { child, finished, said } = start(["run", "--watch"], cwd);
  await said("Ctrl-C ends", 1);

  writeFileSync(kernel, readFileSync(inject("twinKernel")).subarray(0, 1_000_000));
  await said("error[kernel-truncated]");
  copyFileSync(inject("twinKernel"), `${kernel}.new`);
  renameSync(`${kernel}.new`, kernel);
  await said("Ctrl-C ends", 2);

  writeFileSync(steps, "export const steps = [");
  await said("error[config-broken]");
  writeFileSync(steps, stepsText("ENOSYS"));
  await said(" load\n", 3);
  writeFileSync(steps, stepsText("EINVAL"));
  await said(" load\n", 4);
  child.kill("SIGINT");
  const { status, stdout } = await finished;

  expect(status).toBe(130);
  expect(stdout).toMatch(/^── \d\d:\d\d:\d\d {2}first run$/m);
  expect(stdout).toMatch(/^INIT +ENOSYS ✗$/m);
  expect(stdout).toMatch(/^── .* {2}bzImage$/m);
  expect(stdout).toMatch(/^INIT +ENOTSUP \(was ENOSYS\)$/m);
  expect(stdout).toMatch(/^changed: steps\.ts$/m);
  const runs = join(cwd, ".kernlane", "runs");
  const records = readdirSync(runs)
    .sort()
    .map((run) => JSON.parse(readFileSync(join(runs, run, "record.json"), "utf8")) as RunRecord);
  expect(records.map(({ verdict, interrupted }) => [verdict, interrupted])).toEqual([
    ["failed", false],
    ["passed", false],
    ["incomplete", true],
    ["incomplete", true],
  ]);
});

test("when nothing runs, Ctrl-C ends it with the status of the last run", async () => {
  const cwd = scratchFolder();
  const kernel = `stock=${inject("stockKernel")}`;
  const { child, finished, said } = start(["run", "--watch", "--kernel", kernel], cwd);
  await said("Ctrl-C ends");
  child.kill("SIGINT");
  expect((await finished).status).toBe(0);
});
