/**
 * What the documents show is what happens: the lane of docs/lanes.md, and the config that `kernlane init` writes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { configTemplate } from "../../src/cli/config-template.js";
import { packageRoot } from "../../src/host/paths.js";
import { loadConfig, selectLane } from "../../src/lane/config.js";
import type { RunRecord } from "../../src/run/record.js";
import { resolveRequest } from "../../src/lane/request.js";
import { runLane } from "../../src/run/run-lane.js";
import { scratchFolder } from "./guest-run.js";

async function runConfig(text: string): Promise<RunRecord> {
  const folder = scratchFolder();
  const file = join(folder, "kernlane.config.ts");
  writeFileSync(file, text);
  const lane = selectLane(await loadConfig(file), undefined);
  const request = resolveRequest(lane, {
    accel: "tcg",
    kernels: { stock: inject("stockKernel") },
    out: join(folder, "run"),
  });
  return runLane(request);
}

test("the lane of docs/lanes.md passes", async () => {
  const page = readFileSync(join(packageRoot(), "docs", "lanes.md"), "utf8");
  const [, example] = /<!-- example: kernlane\.config\.ts -->\s+```ts\n([^]*?)```/.exec(page) ?? [];
  const record = await runConfig(example!);
  expect(record.verdict).toBe("passed");
  expect(record.transitions).toContainEqual({ step: "uname()", columns: { stock: "ok" } });
});

test("the config that init writes passes", async () => {
  const record = await runConfig(configTemplate);
  expect(record.verdict).toBe("passed");
  expect(record.transitions).toContainEqual({
    step: "my_syscall(1)",
    columns: { stock: "ENOSYS" },
  });
});
