/**
 * Guests end when one of the processes that hold them is killed, at whatever depth. A program that sleeps stands for the guest:
 * it is started and guarded as a guest's hypervisor is.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { packageRoot } from "../src/host/paths.js";
import { tempFolder } from "./temp-folder.js";
import { findProcess } from "./vm/processes.js";

const folder = tempFolder("orphans");
symlinkSync(join(packageRoot(), "node_modules"), join(folder, "node_modules"));
writeFileSync(join(folder, "vitest.config.mjs"), "export default {};");

function writeHolder(seconds: string): void {
  const source = join(packageRoot(), "src");
  writeFileSync(
    join(folder, "holder.test.ts"),
    `import { test } from "vitest";
import { endWithParents } from "${source}/live/guest/end-with-parents.ts";
import { startProcess } from "${source}/host/process.ts";
test("holds a guest", async () => {
  endWithParents();
  const guest = await startProcess({ argv: ["sleep", "${seconds}"], guarded: true });
  await guest.exited;
}, 0);
`,
  );
}

/** Without what tells a process that it is a worker of this Vitest. */
function outerEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$|npm_)/.test(name)),
  );
}

/** Those above a process, up to the given one. */
function parentsOf(pid: number, last: number): readonly number[] {
  const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  const found = Number(parent);
  return found === last || found <= 1 ? [found] : [found, ...parentsOf(found, last)];
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test.each([
  ["the worker", "forks", (parents: readonly number[]) => parents[0]!],
  ["Vitest's main process", "forks", (parents: readonly number[]) => parents[1]!],
  ["Vitest with its workers as threads", "threads", (parents: readonly number[]) => parents[0]!],
  [
    "npx",
    "forks",
    (parents: readonly number[]) => parents.find((pid) => commandOf(pid).startsWith("npm exec"))!,
  ],
  ["the shell above", "forks", (parents: readonly number[]) => parents.at(-1)!],
])("no guest is left when %s is killed", async (_, pool, whom) => {
  const seconds = `86400.${randomInt(1_000_000_000)}`;
  writeHolder(seconds);
  const command = `npx --no-install vitest run --root ${folder} --pool ${pool}; true`;
  const shell = spawn("sh", ["-c", command], {
    cwd: folder,
    env: outerEnvironment(),
    detached: true,
    stdio: "ignore",
  });
  const over = new Promise((resolve) => shell.once("close", resolve));
  onTestFinished(async () => {
    try {
      process.kill(-shell.pid!, "SIGKILL");
    } catch {
      // All of it has ended, as it should.
    }
    await over;
  });
  await until(() => findProcess(seconds) !== undefined);
  const parents = parentsOf(findProcess(`sleep\0${seconds}`)!, shell.pid!);
  process.kill(whom(parents), "SIGKILL");
  await until(() => findProcess(seconds) === undefined);
  // Nobody is left either who would start another.
  await over;
  await until(() => !parents.some(isAlive));
  expect(findProcess(seconds)).toBeUndefined();
});
