import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { claimRunFolder, type RunFolder } from "../host/run-folder.js";
import { formatAge, formatRuns } from "../report/runs-text.js";
import { cleanRuns, findRun, listRuns } from "./kept-runs.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder = "";
beforeEach(() => {
  folder = tempFolder("runs");
});

async function begin(name: string): Promise<RunFolder> {
  const run = await claimRunFolder(join(folder, name), ["stock"]);
  mkdirSync(join(run.path, "stock"));
  writeFileSync(join(run.path, "stock", "console.log"), Buffer.alloc(100_000, 1));
  return run;
}

async function finished(name: string): Promise<void> {
  using run = await begin(name);
  writeFileSync(join(run.path, "record.json"), JSON.stringify({ verdict: "passed" }));
}

test("a frozen guest is listed with its size, and goes with its run", async () => {
  await finished("one");
  const frozen = join(folder, "one", "stock", "frozen");
  mkdirSync(frozen);
  for (const name of ["memory", "state", "disk-0", "description.json"])
    writeFileSync(join(frozen, name), Buffer.alloc(100_000, 1));
  const [run] = await listRuns(folder);
  expect(run!.frozenBytes).toBeGreaterThanOrEqual(400_000);
  expect(run!.sizeBytes).toBeGreaterThan(run!.frozenBytes);
  expect(formatRuns([run!], Date.now())[1]).toMatch(/KiB, \d+\.\d KiB of it a frozen guest$/);
  await cleanRuns(folder, Date.now() + 1);
  expect(readdirSync(folder)).toEqual([]);
});

test("lists runs with who has them, and no other folder or file", async () => {
  await finished("one");
  using live = await begin("two");
  mkdirSync(join(folder, "thesis"));
  writeFileSync(join(folder, "thesis", "run.json"), "{}");
  symlinkSync("/nowhere", join(folder, "link"));
  const runs = await listRuns(folder);
  expect(runs).toMatchObject([
    { name: "one", columns: ["stock"], heldBy: null, verdict: "passed" },
    { name: "two", path: live.path, heldBy: `pid ${process.pid}`, verdict: null },
  ]);
  expect(runs[0]!.sizeBytes).toBeGreaterThanOrEqual(100_000);
  const text = formatRuns(runs, Date.now() + 3 * 86_400_000).join("\n");
  expect(text).toMatch(/^one +stock +passed +3 days +\d+\.\d KiB$/m);
  expect(text).toContain(`runs (pid ${process.pid})`);
  expect(await listRuns(join(folder, "none"))).toEqual([]);
});

test("cleans what is over and old enough, beside a run that is under way", async () => {
  await finished("old");
  using live = await begin("live");
  mkdirSync(join(folder, "thesis"));
  expect(await cleanRuns(folder, 0)).toEqual({ removed: [], left: [] });
  const { removed, left } = await cleanRuns(folder, Date.now() + 1000);
  expect(removed.map(({ name }) => name)).toEqual(["old"]);
  expect(left.map(({ path }) => path)).toEqual([live.path]);
  expect(readdirSync(folder).sort()).toEqual(["live", "thesis"]);
});

test("finds a run by name or path, and refuses what is none", async () => {
  await finished("one");
  expect((await findRun(folder, "one")).path).toBe(join(folder, "one"));
  expect((await findRun("/elsewhere", join(folder, "one"))).name).toBe("one");
  for (const name of ["two", "..", folder])
    await expect(findRun(folder, name)).rejects.toMatchObject({ code: "run-unknown" });
});

test.each([
  [30_000, "0 minutes"],
  [60_000, "1 minute"],
  [47 * 3_600_000, "47 hours"],
  [9 * 86_400_000, "9 days"],
])("%d ms are %s", (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});
