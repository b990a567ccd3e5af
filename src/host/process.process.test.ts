import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { runCommand } from "./command.js";
import { startProcess } from "./process.js";
import { tempFolder } from "../../test/temp-folder.js";

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("gives the output and the exit status of a command", async () => {
  const result = await runCommand({ argv: ["sh", "-c", "echo out; echo err >&2; exit 3"] }, 10_000);
  expect(result).toMatchObject({ code: 3, stdout: "out\n", stderr: "err\n", killedByUs: false });
});

test("says which program is missing", async () => {
  await expect(startProcess({ argv: ["no-such-program"] })).rejects.toMatchObject({
    code: "program-missing",
    who: "host",
    message: "no-such-program was not found in PATH",
  });
});

test("connects descriptors 3 and up as two-way sockets", async () => {
  await using child = await startProcess({
    argv: ["sh", "-c", 'read line <&3; echo "got $line" >&3'],
    sockets: 1,
  });
  child.sockets[0]!.write("ping\n");
  expect(await text(child.sockets[0]!)).toBe("got ping\n");
});

test("hands open files on behind the sockets", async () => {
  const folder = tempFolder("process");
  writeFileSync(join(folder, "state"), "as it was\n");
  const descriptor = openSync(join(folder, "state"), "r");
  await using child = await startProcess({
    argv: ["sh", "-c", "cat <&4 >&3"],
    sockets: 1,
    descriptors: [descriptor],
  });
  closeSync(descriptor);
  expect(child.sockets).toHaveLength(1);
  expect(await text(child.sockets[0]!)).toBe("as it was\n");
});

test("kills the whole group when it is disposed of", async () => {
  const folder = tempFolder("process");
  {
    await using child = await startProcess({
      argv: ["sh", "-c", `sleep 1000 & echo $! > ${folder}/pid; wait`],
    });
    await until(() => readPid(folder) > 0);
    expect(isAlive(child.pid)).toBe(true);
  }
  await until(() => !isAlive(readPid(folder)));
});

test("a watchdog ends a guarded child when its owner is killed", async () => {
  const folder = tempFolder("process");
  const owner = await startProcess({
    argv: [
      process.execPath,
      "-e",
      `const loaded = require("jiti").createJiti(process.cwd() + "/owner.js").import("./src/host/process.ts");
       void loaded.then(({ startProcess }) =>
         startProcess({ argv: ["sh", "-c", "echo $$ > ${folder}/pid; sleep 1000"], guarded: true })).then(() => console.log("guarded"));
       setInterval(() => {}, 1000);`,
    ],
  });
  await once(owner.stdout, "data");
  await until(() => readPid(folder) > 0);
  process.kill(owner.pid, "SIGKILL");
  await until(() => !isAlive(readPid(folder)));
  await owner[Symbol.asyncDispose]();
});

function readPid(folder: string): number {
  try {
    return Number(readFileSync(join(folder, "pid"), "utf8"));
  } catch {
    return 0;
  }
}

test("ends a command at its deadline", async () => {
  await expect(
    runCommand({ argv: ["sh", "-c", "echo stuck >&2; sleep 1000"] }, 100),
  ).rejects.toMatchObject({ code: "command-timeout", who: "host" });
});

test("does not wait for a grandchild that left the group and kept the pipe", async () => {
  const folder = tempFolder("process");
  const script = `setsid sh -c 'echo $$ > ${folder}/pid; exec sleep 1000' & echo begun; wait`;
  await expect(runCommand({ argv: ["sh", "-c", script] }, 300)).rejects.toMatchObject({
    code: "command-timeout",
  });
  await until(() => readPid(folder) > 0);
  process.kill(readPid(folder), "SIGKILL");
});

test("ends a command whose child is gone and whose grandchild keeps the pipe, at its deadline", async () => {
  const folder = tempFolder("process");
  const script = `sleep 1000 & echo $! > ${folder}/pid`;
  await expect(runCommand({ argv: ["sh", "-c", script] }, 300)).rejects.toMatchObject({
    code: "command-timeout",
  });
  await until(() => !isAlive(readPid(folder)));
});

test("an abort kills a command and its children, and is its rejection", async () => {
  const folder = tempFolder("process");
  const stop = new AbortController();
  const script = `sleep 1000 & echo $! > ${folder}/pid; wait`;
  const command = runCommand({ argv: ["sh", "-c", script] }, 60_000, stop.signal);
  await until(() => readPid(folder) > 0);
  stop.abort(new Error("enough"));
  await expect(command).rejects.toThrow("enough");
  await until(() => !isAlive(readPid(folder)));
  await expect(runCommand({ argv: ["true"] }, 60_000, stop.signal)).rejects.toThrow("enough");
});

test("a working folder that does not exist is not a missing program", async () => {
  await expect(startProcess({ argv: ["true"], cwd: "/no/such/folder" })).rejects.toMatchObject({
    code: "working-folder-missing",
    message: "true could not be started in /no/such/folder: there is no such folder",
  });
});
