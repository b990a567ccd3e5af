/** `kernlane runs` as a process of its own, and what the command line says of a host that is in its way. */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { claimRunFolder } from "../src/host/run-folder.js";
import { cli, kernlane } from "./cli-process.js";
import { tempFolder } from "./temp-folder.js";

let project = "";
let runs = "";
beforeEach(() => {
  project = tempFolder("runs-command");
  runs = join(project, ".kernlane", "runs");
  vi.stubEnv("XDG_CACHE_HOME", join(project, "cache"));
});
afterEach(() => vi.unstubAllEnvs());

async function finishedRun(name: string): Promise<void> {
  using run = await claimRunFolder(join(runs, name), ["stock"]);
  mkdirSync(join(run.path, "stock"));
  writeFileSync(join(run.path, "stock", "console.log"), "booting\n");
  writeFileSync(join(run.path, "record.json"), JSON.stringify({ verdict: "panicked" }));
}

test("runs are listed, shown, removed and cleaned, beside one that is under way", async () => {
  await finishedRun("one");
  await finishedRun("two");
  await finishedRun("three");
  using live = await claimRunFolder(join(runs, "live"), ["stock"]);
  const heldBy = `pid ${process.pid}`;

  const list = await kernlane(["runs", "list"], project);
  expect(list.status).toBe(0);
  expect(list.stdout).toMatch(/^one +stock +panicked +0 minutes /m);
  const json = await kernlane(["runs", "list", "--json"], project);
  const listed = JSON.parse(json.stdout) as { runs: { name: string }[] };
  expect(listed.runs).toHaveLength(4);
  expect(listed.runs.at(-1)).toMatchObject({ name: "live", path: live.path, heldBy });

  const shown = await kernlane(["runs", "show", "one", "--json"], project);
  expect(JSON.parse(shown.stdout)).toMatchObject({ run: { name: "one" }, record: null });

  expect((await kernlane(["runs", "rm", "one"], project)).stdout).toMatch(/^removed one: .* freed/);
  const refused = await kernlane(["runs", "rm", "live"], project);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain(`belongs to a run of ${heldBy}`);

  const young = await kernlane(["runs", "clean", "--older-than", "7d"], project);
  expect(young.stdout).toMatch(/^removed 0 runs/);
  const clean = await kernlane(["runs", "clean"], project);
  expect(clean.stdout).toMatch(/^removed 2 runs: .* freed\nleft live: it runs/);
  expect(readdirSync(runs)).toEqual(["live"]);
}, 60_000);

test("a run that is under way is not judged, nor is a column of it; who runs it is said", async () => {
  using live = await claimRunFolder(join(project, "k9"), ["stock"]);
  mkdirSync(join(live.path, "stock"));
  for (const folder of ["k9", "k9/stock"]) {
    const { status, stdout, stderr } = await kernlane(["judge", folder], project);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`has not ended: pid ${process.pid} runs it`);
  }
});

test("a run's name that is that of a folder here is answered with its path", async () => {
  (await claimRunFolder(join(project, "k9"), ["stock"]))[Symbol.dispose]();
  const { status, stderr } = await kernlane(["runs", "rm", "k9"], project);
  expect([status, stderr]).toEqual([2, expect.stringContaining("give its path: ./k9")]);
});

test("a run with an error is told from one that was killed before its record", async () => {
  for (const name of ["full-disk", "killed"])
    (await claimRunFolder(join(runs, name), ["stock"]))[Symbol.dispose]();
  writeFileSync(join(runs, "full-disk", "record.json"), JSON.stringify({ verdict: null }));
  const { stdout } = await kernlane(["runs", "list"], project);
  expect(stdout).toMatch(/^full-disk +stock +error /m);
  expect(stdout).toMatch(/^killed +stock +no record /m);
});

test("a folder that is no run's is refused, and left", async () => {
  mkdirSync(join(runs, "thesis"), { recursive: true });
  writeFileSync(join(runs, "thesis", "columns.json"), '["src", ".."]');
  const refused = await kernlane(["runs", "rm", "thesis"], project);
  expect([refused.status, refused.stderr]).toEqual([
    2,
    expect.stringContaining("error[run-unknown]"),
  ]);
  expect(readdirSync(join(runs, "thesis"))).toEqual(["columns.json"]);
});

test("a working folder that was deleted is the host's trouble", async () => {
  const gone = join(project, "gone");
  mkdirSync(gone);
  const script = 'rmdir "$PWD" && exec "$@"';
  const argv = ["-c", script, "sh", process.execPath, cli, "runs", "list"];
  const child = spawn("sh", argv, { cwd: gone, stdio: ["ignore", "ignore", "pipe"] });
  const said = await text(child.stderr);
  expect(said).toContain("error[working-folder-missing]");
  expect(said).not.toContain("defect");
  expect(() => rmdirSync(gone)).toThrow("ENOENT");
});

test.each(["/proc/none/out", "file/out"])("a run into %s ends, and says why", async (out) => {
  writeFileSync(join(project, "file"), "");
  const refused = await kernlane(["run", "linux", "--out", out], project);
  // Where QEMU or a kernel is missing, that is said first.
  expect([2, 69]).toContain(refused.status);
  expect(refused.stderr).not.toContain("defect");
});
