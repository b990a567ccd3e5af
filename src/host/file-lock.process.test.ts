import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createWhole, lockHolder, tryLock } from "./file-lock.js";
import { identify, identifySelf, type Owner } from "./owner.js";
import { startProcess } from "./process.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder = "";
let path = "";
beforeEach(() => {
  folder = tempFolder("lock");
  path = join(folder, "lock");
});

async function forgeLock(owner: Partial<Owner>): Promise<void> {
  const lock = { token: "x", owner: { ...(await identifySelf()), ...owner } };
  writeFileSync(path, JSON.stringify(lock));
}

async function lock(): Promise<() => void> {
  const attempt = await tryLock(path);
  if ("heldBy" in attempt) throw new Error(`held by ${attempt.heldBy}`);
  return attempt.release;
}

test("one has it until it is released, and nothing is left then", async () => {
  const release = await lock();
  expect(await tryLock(path)).toEqual({ heldBy: `pid ${process.pid}` });
  release();
  expect(readdirSync(folder)).toEqual([]);
  (await lock())();
});

test("of many that come at once over a stale one, one gets it", async () => {
  await forgeLock({ startedAt: "never" });
  const attempts = await Promise.all(Array.from({ length: 20 }, () => tryLock(path)));
  expect(attempts.filter((one) => "release" in one)).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(["lock"]);
});

test("is not taken from a holder that was stopped for long", async () => {
  await using holder = await startProcess({ argv: ["sleep", "1000"] });
  await forgeLock(await identify(holder.pid));
  utimesSync(path, 0, 0);
  holder.kill("SIGSTOP");
  expect(await tryLock(path)).toEqual({ heldBy: `pid ${holder.pid}` });
});

test.each([
  ["another host", { host: "builder/0" }, "pid 7 on host builder"],
  ["another container", { namespace: "pid:[1]" }, "pid 7 in another container"],
])("is not taken from %s", async (_, owner, heldBy) => {
  await forgeLock({ pid: 7, ...owner });
  expect(await tryLock(path)).toEqual({ heldBy });
  expect(await lockHolder(path)).toBe(heldBy);
});

test("says so when it cannot tell who holds it, and does not wait", async () => {
  const heldBy = `somebody whom ${path} does not name`;
  writeFileSync(path, "4711 half a lo");
  expect(await tryLock(path)).toEqual({ heldBy });
});

test("a link that leads nowhere is in the way, and is not written through", async () => {
  symlinkSync(join(folder, "nowhere"), path);
  expect(await tryLock(path)).toMatchObject({ heldBy: expect.stringContaining(path) as string });
  expect(createWhole(path, "x")).toBe(false);
  expect(readdirSync(folder)).toEqual(["lock"]);
});

test("rejects when it may not be read", async () => {
  mkdirSync(path);
  await expect(tryLock(path)).rejects.toMatchObject({ code: "EISDIR" });
});
