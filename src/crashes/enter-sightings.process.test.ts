/** Several processes that count at once, one of which is killed. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { runCommand } from "../host/command.js";
import { startProcess } from "../host/process.js";
import { idOf } from "./crash.js";
import { listCrashes } from "./store.js";

let folder = "";
beforeEach(() => {
  folder = join(tempFolder("crashes"), "crashes");
});

/** A program that counts titles as a run does, and says each number that it was told. */
function writer(name: string, times: number): readonly string[] {
  return program(
    "enter-sightings.ts",
    `async ({ enterSightings }) => {
       const report = { lines: [], backtrace: [], isWhole: true, hasPlaces: false };
       const seen = ["common", "of ${name}"].map((title) => ({ title, class: "panic", severity: "fatal", steps: [], report }));
       for (let run = 0; run < ${times}; run++) {
         const place = { lane: "l", kernel: "${name}", folder: "/r", runId: "${name}-" + run, at: new Date().toISOString() };
         const { crashes, notices } = await enterSightings(${JSON.stringify(folder)}, seen, place);
         console.log(crashes.map(({ count }) => count).join(" ") + notices.join());
       }
     }`,
  );
}

function program(file: string, main: string): readonly string[] {
  const load = `require("jiti").createJiti(process.cwd() + "/x.js").import("./src/crashes/${file}")`;
  return [process.execPath, "-e", `${load}.then(${main})`];
}

function countOf(title: string): number {
  return listCrashes(folder).crashes.find((one) => one.title === title)?.count ?? 0;
}

test("no count of several writers is lost, though one is killed in the middle", async () => {
  await using doomed = await startProcess({ argv: writer("doomed", 1_000_000) });
  let said = "";
  doomed.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(doomed.stdout, "data");
  const others = ["a", "b", "c"].map((name) => runCommand({ argv: writer(name, 30) }, 60_000));
  while (said.split("\n").length < 20) await once(doomed.stdout, "data");
  doomed.kill("SIGKILL");
  await doomed.exited;
  const results = await Promise.all(others);

  expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, ""]));
  const told = results.flatMap(({ stdout }) => stdout.trim().split("\n"));
  expect(told.filter((line) => !/^\d+ \d+$/.test(line))).toEqual([]);
  for (const name of ["a", "b", "c"]) expect(countOf(`of ${name}`)).toBe(30);
  // Killed between its write and its word, it has counted once more than it said.
  const acknowledged = said.split("\n").length - 1;
  expect(countOf("of doomed") - acknowledged).toBeOneOf([0, 1]);
  expect(countOf("common") - 90 - acknowledged).toBeOneOf([0, 1]);
  // Nobody was told a number twice.
  const numbers = told.map((line) => line.split(" ")[0]);
  expect(new Set(numbers).size).toBe(90);
  expect(listCrashes(folder).leftAlone).toEqual([]);
});

test("one that was killed with the lock, in the middle of a file, is in nobody's way", async () => {
  const stuck = `({ whileLocked }) => whileLocked(${JSON.stringify(folder)}, () => {
    const place = ${JSON.stringify(join(folder, idOf("common")))};
    require("node:fs").mkdirSync(place);
    require("node:fs").writeFileSync(place + "/crash.json.0dd2a4b0-0000-4000-8000-000000000000", '{"schema":');
    console.log("held");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  await using killed = await startProcess({ argv: program("store.ts", stuck) });
  await once(killed.stdout, "data");
  const waiting = runCommand({ argv: writer("a", 1) }, 60_000);
  killed.kill("SIGKILL");
  expect(await waiting).toMatchObject({ code: 0, stdout: "1 1\n" });
  expect(readdirSync(join(folder, idOf("common")))).toEqual(["crash.json"]);
  expect(readdirSync(folder).sort()).toEqual([idOf("common"), idOf("of a")].sort());
});
