import { expect, test } from "kernlane/vitest";

test.use({ lane: "twin", scope: "worker" });

test("file one shares the guest of its worker", async ({ guest }) => {
  await guest.writeFile("/tmp/one", "");
  expect(await guest.readFile("/tmp/one")).toBe("");
});
