import { expect, test } from "vitest";
import { runInSlots } from "./concurrency.js";

test("rejects with the first failure, not before everything under way has ended, and begins nothing more", async () => {
  const begun: number[] = [];
  let endSlow = (): void => undefined;
  const slow = new Promise<void>((resolve) => (endSlow = resolve));
  let isOver = false;
  const running = runInSlots(2, [0, 1, 2], async (item) => {
    begun.push(item);
    if (item === 0) await slow;
    else throw new Error(`item ${item}`);
  }).finally(() => (isOver = true));
  await new Promise(setImmediate);
  expect([begun, isOver]).toEqual([[0, 1], false]);
  endSlow();
  await expect(running).rejects.toThrow("item 1");
  expect(begun).toEqual([0, 1]);
});
