/**
 * The package as its user installs it: it starts, a config is given the very library that runs it, and its declarations need no
 * other package.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";
import { tempFolder } from "./temp-folder.js";

const run = promisify(execFile);
const folder = tempFolder("package");
const modules = join(folder, "node_modules");

beforeAll(async () => {
  await run("npm", ["pack", "--pack-destination", folder], { cwd: packageRoot() });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  mkdirSync(join(modules, "kernlane"), { recursive: true });
  const into = ["-C", join(modules, "kernlane"), "--strip-components=1"];
  await run("tar", ["-xzf", join(folder, tarball), ...into]);
  // What the package depends on, and what its user has for his own code.
  for (const name of ["jiti", "typescript", "vitest"])
    symlinkSync(join(packageRoot(), "node_modules", name), join(modules, name));
  mkdirSync(join(modules, "@types"));
  symlinkSync(
    join(packageRoot(), "node_modules", "@types", "node"),
    join(modules, "@types", "node"),
  );
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
}, 180_000);

test("the command starts, and plans the lane of a config", async () => {
  const config = `import { defineConfig, LaneError, steps } from "kernlane";
globalThis.given = LaneError;
const probe = [steps.syscall({ name: "mine", nr: 39 })];
export default defineConfig({ lanes: { mine: { guest: "linux", probe } } });`;
  writeFileSync(join(folder, "kernlane.config.ts"), config);
  const script = join(modules, "kernlane", "bin", "kernlane.js");
  const { stdout } = await run(process.execPath, [script, "--version"], { cwd: folder });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const program = `import { LaneError, loadConfig } from "kernlane";
await loadConfig(undefined);
console.log(globalThis.given === LaneError);`;
  const eval_ = ["--input-type=module", "-e", program];
  expect((await run(process.execPath, eval_, { cwd: folder })).stdout).toBe("true\n");
});

test("its declarations compile without what is bundled", { timeout: 120_000 }, async () => {
  const program = `import { bootGuest, runLane, steps, type RunRecord } from "kernlane";
import { expect as guestExpect, test as guestTest } from "kernlane/vitest";
const verdict: RunRecord["verdict"] = (await runLane({} as Parameters<typeof runLane>[0])).verdict;
// @ts-expect-error a path is text
steps.readFile(1);
export { bootGuest, guestExpect, guestTest, verdict };`;
  writeFileSync(join(folder, "program.ts"), program);
  const flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022"];
  const lib = ["--lib", "es2023,esnext.disposable", "--types", "node", "--skipLibCheck", "false"];
  const tsc = join(modules, "typescript", "bin", "tsc");
  const done = run(process.execPath, [tsc, ...flags, ...lib, "program.ts"], { cwd: folder });
  // The declarations of other packages are not what is asked about.
  const said = await done.then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { readonly stdout: string }).stdout,
  );
  expect(
    said.split("\n").filter((line) => /^(program\.ts|node_modules\/kernlane\/)/.test(line)),
  ).toEqual([]);
});
