import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { identifySelf } from "./owner.js";
import { claimRunFolder, readRunMarker, removeRun, runHolder } from "./run-folder.js";
import { tempFolder } from "../../test/temp-folder.js";

let base = "";

beforeEach(() => {
  base = tempFolder("run");
});

/** A run that is over, with what a run writes. */
async function earlierRun(...columns: readonly string[]): Promise<string> {
  using run = await claimRunFolder(join(base, "out"), columns);
  for (const column of columns) {
    mkdirSync(join(run.path, column));
    for (const name of ["console.log", "events.jsonl", "record.json", "disk.qcow2"])
      writeFileSync(join(run.path, column, name), "old");
  }
  writeFileSync(join(run.path, "record.json"), "old");
  return run.path;
}

function refusal(code: string): Error {
  return expect.objectContaining({ code, who: "usage" }) as Error;
}

test("replaces an earlier run and nothing else", async () => {
  const folder = await earlierRun("stock", "mine");
  writeFileSync(join(folder, "notes.txt"), "mine");
  writeFileSync(join(folder, "mine", "console.log.orig"), "mine");
  using run = await claimRunFolder(folder, ["TWQDEBUG"]);
  expect(readdirSync(run.path).sort()).toEqual(["mine", "notes.txt", "run.json", "run.lock"]);
  expect(readdirSync(join(folder, "mine"))).toEqual(["console.log.orig"]);
  expect(readRunMarker(folder)?.columns).toEqual(["TWQDEBUG"]);
});

test("replaces what a killed run has left half written", async () => {
  const folder = await earlierRun("stock");
  const half = "disk.raw.3f0c8a52-1b2e-4c1e-9a77-0d8d1c3b2a10";
  writeFileSync(join(folder, "stock", half), "half");
  const checkpoint = join(folder, "stock", "checkpoint-0a1b2c3d");
  mkdirSync(checkpoint);
  for (const name of ["memory", "state", "disk-0", "description.json"])
    writeFileSync(join(checkpoint, name), "");
  const uuid = half.slice("disk.raw.".length);
  for (const name of ["vmcore", `vmcore.${uuid}`, `vmcore.${uuid}.ordered`])
    writeFileSync(join(folder, "stock", name), "");
  for (const name of ["frozen", `frozen.${uuid}`]) {
    mkdirSync(join(folder, "stock", name));
    writeFileSync(join(folder, "stock", name, "memory"), "");
  }
  using run = await claimRunFolder(folder, ["stock"]);
  expect(existsSync(join(run.path, "stock"))).toBe(false);
});

test("refuses a folder that is not a run, and leaves it as it was", async () => {
  writeFileSync(join(base, "thesis.tex"), "years of work");
  await expect(claimRunFolder(base, ["stock"])).rejects.toThrow(
    /holds thesis.tex, expected an empty folder/,
  );
  expect(readdirSync(base)).toEqual(["thesis.tex"]);
});

test.each([
  ["a list of columns that another program wrote", "columns.json", ["stock"]],
  ["a run.json of something else", "run.json", { name: "build", columns: ["src"] }],
  ["a marker without an owner", "run.json", { schema: "kernlane-run/1", columns: ["src"] }],
])("does not take %s for a run's marker", async (_, name, content) => {
  mkdirSync(join(base, "src"));
  writeFileSync(join(base, "src", "console.log"), "mine");
  writeFileSync(join(base, name), JSON.stringify(content));
  await expect(claimRunFolder(base, ["stock"])).rejects.toThrow(refusal("out-not-a-run"));
  expect(readdirSync(base).sort()).toEqual([name, "src"]);
  expect(readdirSync(join(base, "src"))).toEqual(["console.log"]);
});

test.each(["..", ".", "../other", "/etc", ".git", "a/b", ""])(
  "names of columns are checked, in a marker and in a request: %j",
  async (name) => {
    mkdirSync(join(base, "other"));
    writeFileSync(join(base, "other", "console.log"), "mine");
    writeFileSync(join(base, "console.log"), "mine");
    const folder = await earlierRun("stock");
    const marker = { ...readRunMarker(folder), columns: [name] };
    writeFileSync(join(folder, "run.json"), JSON.stringify(marker));
    await expect(claimRunFolder(folder, ["stock"])).rejects.toThrow(refusal("out-not-a-run"));
    await expect(claimRunFolder(join(base, "new"), [name])).rejects.toThrow(
      refusal("bad-kernel-name"),
    );
    expect(readFileSync(join(base, "other", "console.log"), "utf8")).toBe("mine");
    expect(readFileSync(join(base, "console.log"), "utf8")).toBe("mine");
  },
);

test("does not follow a link in the place of a column's folder", async () => {
  const folder = await earlierRun();
  mkdirSync(join(base, "elsewhere"));
  writeFileSync(join(base, "elsewhere", "console.log"), "mine");
  symlinkSync(join(base, "elsewhere"), join(folder, "stock"));
  const marker = { ...readRunMarker(folder), columns: ["stock"] };
  writeFileSync(join(folder, "run.json"), JSON.stringify(marker));
  await expect(claimRunFolder(folder, ["stock"])).rejects.toThrow(/a symbolic link/);
  expect(readFileSync(join(base, "elsewhere", "console.log"), "utf8")).toBe("mine");
});

test("one of two runs that begin at once with one folder is refused, and says who has it", async () => {
  const both = await Promise.allSettled(
    ["one", "other"].map((name) => claimRunFolder(join(base, "out"), [name])),
  );
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const [refused] = both.filter((one) => one.status === "rejected");
  expect(refused!.reason).toMatchObject({ code: "out-in-use" });
  expect(String(refused!.reason)).toContain(`belongs to a run of pid ${process.pid}`);
  expect(await runHolder(join(base, "out"))).toBe(`pid ${process.pid}`);
  for (const one of both) if (one.status === "fulfilled") one.value[Symbol.dispose]();
  expect(await runHolder(join(base, "out"))).toBeUndefined();
});

test.each([
  ["of another host", { host: "builder/0123" }, "pid 4711 on host builder"],
  ["of another container", { namespace: "pid:[1]" }, "pid 4711 in another container"],
])("a run %s counts as live", async (_, other, who) => {
  const folder = await earlierRun("stock");
  const owner = { ...(await identifySelf()), pid: 4711, ...other };
  writeFileSync(join(folder, "run.lock"), JSON.stringify({ token: "x", owner }));
  await expect(claimRunFolder(folder, ["stock"])).rejects.toThrow(who);
  await expect(removeRun(folder)).rejects.toThrow(refusal("out-in-use"));
  expect(existsSync(join(folder, "stock", "console.log"))).toBe(true);
});

test("a run that died is replaced", async () => {
  const folder = await earlierRun("stock");
  const owner = { ...(await identifySelf()), startedAt: "another time" };
  writeFileSync(join(folder, "run.lock"), JSON.stringify({ token: "x", owner }));
  using run = await claimRunFolder(folder, ["stock"]);
  expect(run.path).toBe(folder);
});

test("removes a run that is over with all its files, and leaves what is not its own", async () => {
  const folder = await earlierRun("stock");
  expect(await removeRun(folder)).toBe(true);
  expect(existsSync(folder)).toBe(false);
  const other = await earlierRun("stock");
  writeFileSync(join(other, "notes.txt"), "mine");
  expect(await removeRun(other)).toBe(false);
  expect(readdirSync(other)).toEqual(["notes.txt"]);
});

test.each(["file/out", "/proc/kernlane/out"])("refuses %s, which cannot be made", async (name) => {
  writeFileSync(join(base, "file"), "");
  const path = name.startsWith("/") ? name : join(base, name);
  await expect(claimRunFolder(path, [])).rejects.toThrow(refusal("out-not-writable"));
});

test.each(["file", "file/out"])("says of %s that a file is in its place", async (name) => {
  const file = join(base, "file");
  writeFileSync(file, "mine");
  await expect(claimRunFolder(join(base, name), [])).rejects.toThrow(
    `${file} is a file, expected a folder`,
  );
  expect(readFileSync(file, "utf8")).toBe("mine");
});
