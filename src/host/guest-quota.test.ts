import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { takeGuestSlot, type GuestNeed } from "./guest-quota.js";
import { tempFolder } from "../../test/temp-folder.js";

let cache: string;
beforeEach(() => {
  cache = tempFolder("slots");
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const whole: GuestNeed = {
  cpus: availableParallelism(),
  memoryMiB: 1,
  what: "linux, kernel stock",
};
const slotFiles = () => readdirSync(join(cache, "kernlane", "slots"));

test("a guest that fits starts at once, and its place is free again afterwards", async () => {
  await using first = await takeGuestSlot(whole);
  expect(slotFiles()).toEqual(["1.json"]);
  await first[Symbol.asyncDispose]();
  expect(slotFiles()).toEqual([]);
});

test("a guest that does not fit waits for those before it, in the order in which they came", async () => {
  const order: string[] = [];
  const first = await takeGuestSlot(whole);
  const others = ["second", "third"].map(async (what) => {
    await using slot = await takeGuestSlot({ ...whole, what });
    order.push(what);
    return slot;
  });
  await vi.waitFor(() => expect(slotFiles().length).toBe(3));
  expect(order).toEqual([]);
  await first[Symbol.asyncDispose]();
  await Promise.all(others);
  expect(order).toEqual(["second", "third"]);
});

test("a guest that is too large for this host is the only one", async () => {
  const large = { cpus: 1000, memoryMiB: 1e9, what: "a giant" };
  await using first = await takeGuestSlot(large);
  const refused = takeGuestSlot({ ...large, cpus: 1 }, { deadlineMs: 300 });
  await expect(refused).rejects.toMatchObject({ code: "guest-slot-timeout" });
  await expect(refused).rejects.toThrow(`held by a giant (pid ${process.pid})`);
  expect(slotFiles()).toEqual(["1.json"]);
  await first[Symbol.asyncDispose]();
});

test("places of dead owners and damaged ones do not count", async () => {
  mkdirSync(join(cache, "kernlane", "slots"), { recursive: true });
  const dead = { owner: { pid: 2 ** 22 + 1, startedAt: "1" }, cpus: 1000, memoryMiB: 1, what: "x" };
  const reused = { ...dead, owner: { pid: process.pid, startedAt: "long ago" } };
  writeFileSync(join(cache, "kernlane", "slots", "3.json"), JSON.stringify(dead));
  writeFileSync(join(cache, "kernlane", "slots", "4.json"), JSON.stringify(reused));
  writeFileSync(join(cache, "kernlane", "slots", "5.json"), "half a fi");
  await using slot = await takeGuestSlot(whole);
  expect(slotFiles()).toEqual(["6.json"]);
  await slot[Symbol.asyncDispose]();
});

test("many that come at once are never more than fit", async () => {
  let running = 0;
  let most = 0;
  const guests = Array.from({ length: 6 }, async () => {
    await using slot = await takeGuestSlot(whole);
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return slot;
  });
  await Promise.all(guests);
  expect(most).toBe(1);
}, 20_000);
