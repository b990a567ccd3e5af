import { readFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "./paths.js";
import { startProcess } from "./process.js";
import { tempFolder } from "../../test/temp-folder.js";

const folder = tempFolder("parents");

/** A process that watches its parents, and ends with status 7 when they are gone. */
const watcher = join(packageRoot(), "test", "watches-parents.mjs");

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function pidIn(name: string): number {
  try {
    return Number(readFileSync(join(folder, name), "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test.each([
  ["its parent", "NODE & echo $! > FOLDER/direct; wait", "direct"],
  ["a shell above its parent", "sh -c 'NODE & echo $! > FOLDER/deep; wait'; true", "deep"],
])("a process learns that %s was killed", async (_, script, name) => {
  const command = script
    .replace("NODE", `${process.execPath} ${watcher}`)
    .replace("FOLDER", folder);
  await using shell = await startProcess({ argv: ["sh", "-c", command] });
  await once(shell.stdout, "data");
  const pid = pidIn(name);
  expect(isAlive(pid)).toBe(true);
  process.kill(shell.pid, "SIGKILL");
  await until(() => !isAlive(pid));
});

test("one with a session of its own outlives the shell that started it", async () => {
  const command = `setsid ${process.execPath} ${watcher} & echo $! > ${folder}/own; wait`;
  await using shell = await startProcess({ argv: ["sh", "-c", command] });
  await once(shell.stdout, "data");
  const pid = pidIn("own");
  process.kill(shell.pid, "SIGKILL");
  await until(() => !isAlive(shell.pid));
  // A second one, which the same death does reach, has looked since.
  await using other = await startProcess({
    argv: ["sh", "-c", `${process.execPath} ${watcher} & echo $! > ${folder}/other; wait`],
  });
  await once(other.stdout, "data");
  process.kill(other.pid, "SIGKILL");
  await until(() => !isAlive(pidIn("other")));
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
});
