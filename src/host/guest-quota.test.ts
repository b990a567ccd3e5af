import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { takeGuestSlot, type GuestNeed } from "./guest-quota.js";
import { identifySelf, type Owner } from "./owner.js";
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

test("places of dead owners, of other hosts and containers, and damaged ones do not count", async () => {
  const slots = join(cache, "kernlane", "slots");
  mkdirSync(slots, { recursive: true });
  const self = await identifySelf();
  const claim = (owner: Partial<Owner>): string =>
    JSON.stringify({ owner: { ...self, ...owner }, cpus: 1000, memoryMiB: 1, what: "x" });
  writeFileSync(join(slots, "1.json"), claim({ pid: 2 ** 22 + 1 }));
  writeFileSync(join(slots, "2.json"), claim({ startedAt: "long ago" }));
  writeFileSync(join(slots, "3.json"), claim({ host: "builder/0123" }));
  writeFileSync(join(slots, "4.json"), claim({ namespace: "pid:[1]" }));
  writeFileSync(join(slots, "5.json"), "half a fi");
  await using slot = await takeGuestSlot(whole);
  // What cannot be judged here is not removed either.
  expect(slotFiles()).toEqual(["3.json", "4.json", "5.json", "6.json"]);
  await slot[Symbol.asyncDispose]();
});

test("an abort ends the wait and gives the number back", async () => {
  const first = await takeGuestSlot(whole);
  const stop = new AbortController();
  const waiting = takeGuestSlot(whole, { signal: stop.signal });
  await vi.waitFor(() => expect(slotFiles().length).toBe(2));
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  expect(slotFiles()).toEqual(["1.json"]);
  await first[Symbol.asyncDispose]();
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
