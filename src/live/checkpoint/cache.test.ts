import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sweepLedger } from "../../host/ledger.js";
import { identifySelf } from "../../host/owner.js";
import { dropCached, findCached, keepInCache, withKey } from "./cache.js";
import { keyOf } from "./ingredients.js";
import { placesIn } from "../../machine/saved-places.js";
import { describeCheckpoint } from "./description.js";
import { tempFolder } from "../../../test/temp-folder.js";

const PAGE_BYTES = 4096;
let folder = "";

beforeEach(() => {
  folder = tempFolder("cache");
  vi.stubEnv("XDG_CACHE_HOME", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const inCache = (...names: readonly string[]): string =>
  join(folder, "kernlane", "checkpoints", ...names);
const keyNumber = (number: number): string => keyOf({ kernel: String(number) });

function write(into: string, content = "state", diskCount = 1): Promise<void> {
  const { memory, state, disks } = placesIn(into, diskCount);
  writeFileSync(memory, Buffer.alloc(PAGE_BYTES, 1));
  for (const path of [state, ...disks]) writeFileSync(path, content);
  describeCheckpoint(into, diskCount, { ingredients: { kernel: content }, channel: "/dev/ttyS1" });
  return Promise.resolve();
}

test("finds what was kept, whole, and nothing else", async () => {
  const key = keyNumber(1);
  expect(findCached(key)).toBeUndefined();
  const kept = await keepInCache(key, (into) => write(into));
  expect(kept).toEqual({
    folder: inCache(key),
    ingredients: { kernel: "state" },
    channel: "/dev/ttyS1",
    machine: placesIn(inCache(key), 1),
  });
  expect(findCached(key)).toEqual(kept);
  expect(findCached(keyNumber(2))).toBeUndefined();
  expect(readdirSync(inCache())).toEqual([key]);
});

test.each(["memory", "state", "disk-0", "description.json"])(
  "one whose %s is missing, shorter or written to is none",
  async (name) => {
    const key = keyNumber(1);
    const damages: readonly ((path: string) => void)[] = [
      (path) => rmSync(path),
      (path) => truncateSync(path, 3),
      (path) => writeFileSync(path, Buffer.alloc(PAGE_BYTES, 2)),
    ];
    for (const damage of damages) {
      await keepInCache(key, (into) => write(into));
      damage(inCache(key, name));
      expect(findCached(key)).toBeUndefined();
    }
  },
);

test("the next one under a key replaces the one before, a damaged one too", async () => {
  const key = keyNumber(1);
  await keepInCache(key, (into) => write(into, "first"));
  rmSync(inCache(key, "state"));
  await keepInCache(key, (into) => write(into, "second"));
  expect(findCached(key)?.ingredients).toEqual({ kernel: "second" });
  dropCached(key);
  dropCached(key);
  expect(readdirSync(inCache())).toEqual([]);
});

test("of one that could not be made nothing is left", async () => {
  const made = keepInCache(keyNumber(1), async (into) => {
    await write(into);
    throw new Error("no space");
  });
  await expect(made).rejects.toThrow("no space");
  expect(readdirSync(inCache())).toEqual([]);
});

test("one that changed before it was used is refused", async () => {
  const made = keepInCache(keyNumber(1), async (into) => {
    await write(into);
    rmSync(join(into, "memory"));
  });
  await expect(made).rejects.toMatchObject({ code: "checkpoint-damaged", who: "host" });
});

test("those that were not used for longest go when there are too many, or they are too large", async () => {
  for (const number of [1, 2, 3]) {
    await keepInCache(keyNumber(number), (into) => write(into));
    const usedSeconds = 1_700_000_000 + number;
    utimesSync(inCache(keyNumber(number)), usedSeconds, usedSeconds);
  }
  expect(findCached(keyNumber(1))).toBeDefined();
  await keepInCache(keyNumber(4), (into) => write(into), { count: 3, bytes: 1e9 });
  const left = (): readonly number[] =>
    [1, 2, 3, 4, 5].filter((number) => existsSync(inCache(keyNumber(number))));
  expect(left()).toEqual([1, 3, 4]);
  await keepInCache(keyNumber(5), (into) => write(into), { count: 10, bytes: 1 });
  expect(left()).toEqual([5]);
});

test("what a killed process was removing goes with the next one", async () => {
  await keepInCache(keyNumber(1), (into) => write(into));
  await write(madeFolder("removing-0a1b"));
  dropCached(keyNumber(9));
  expect(readdirSync(inCache())).toEqual([keyNumber(1)]);
});

function madeFolder(name: string): string {
  mkdirSync(inCache(name));
  return inCache(name);
}

test("only one at a time makes a checkpoint, and the others find it", async () => {
  const key = keyNumber(1);
  let madeCount = 0;
  const begin = (): Promise<unknown> =>
    withKey(key, 20_000, async () => {
      if (findCached(key)) return;
      madeCount += 1;
      await keepInCache(key, (into) => write(into));
    });
  await Promise.all([begin(), begin(), begin()]);
  expect(madeCount).toBe(1);
  expect(readdirSync(inCache())).toEqual([key]);
});

test("says who makes the same one without end, and does not wait for the dead", async () => {
  const key = keyNumber(1);
  await withKey(key, 0, async () => {
    await expect(withKey(key, 0, () => Promise.resolve())).rejects.toMatchObject({
      code: "checkpoint-busy",
      who: "host",
      facts: { heldBy: `pid ${process.pid}` },
    });
  });
  const dead = { ...(await identifySelf()), startedAt: "never" };
  writeFileSync(inCache(`${key}.lock`), JSON.stringify({ token: "x", owner: dead }));
  expect(await withKey(key, 0, () => Promise.resolve("done"))).toBe("done");
  expect(await sweepLedger()).toEqual([]);
});
