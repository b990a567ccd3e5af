import { expect, test } from "vitest";
import { openReleases } from "./releases.js";

test("releases in reverse order, all of it, and throws the first error", async () => {
  const released: string[] = [];
  const releases = openReleases();
  releases.defer(() => void released.push("first"));
  releases.defer(() => {
    throw new Error("second failed");
  });
  releases.use({
    [Symbol.asyncDispose]: () => {
      released.push("third");
      return Promise.resolve();
    },
  });
  await expect(releases[Symbol.asyncDispose]()).rejects.toThrow("second failed");
  expect(released).toEqual(["third", "first"]);
});

test("is idempotent", async () => {
  let count = 0;
  const releases = openReleases();
  releases.defer(() => {
    count += 1;
  });
  await releases[Symbol.asyncDispose]();
  await releases[Symbol.asyncDispose]();
  expect(count).toBe(1);
});
