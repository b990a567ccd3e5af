/**
 * kernlane itself does not run for a while (Ctrl-Z, a laptop's lid): that is not the guest's fault.
 */
import { setTimeout as wait } from "node:timers/promises";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { start } from "../cli-process.js";
import { scratchFolder } from "./guest-run.js";

const config = `
import { defineConfig, steps } from "kernlane";
const getpid = steps.syscall({ name: "getpid()", nr: 39, expect: /^= / });
export default defineConfig({
  lanes: { short: { guest: "linux", machine: { memory: "256M" }, probe: [steps.sleep(1500), getpid] } },
});
`;

test("a run that was stopped past the probe's budget reads what came meanwhile, and passes", async () => {
  const cwd = scratchFolder();
  writeFileSync(join(cwd, "kernlane.config.mjs"), config);
  const stock = `stock=${inject("stockKernel")}`;
  const { child, finished, said } = start(
    ["run", "--kernel", stock, "--probe-timeout", "5s", "--out", "out"],
    cwd,
  );
  await said(" probe\n");
  child.kill("SIGSTOP");
  // The budget of the probe goes by, and that of the power-off.
  await wait(9_000);
  child.kill("SIGCONT");
  const { status, stdout } = await finished;
  expect(stdout).toMatch(/^stock +passed +1 as expected, 1 shown/m);
  expect(status).toBe(0);
});
