import { expect, test } from "kernlane/vitest";

test.use({ lane: "twin", scope: "worker" });

test("file two shares the guest of its worker", async ({ guest }) => {
  await guest.writeFile("/tmp/two", "");
  expect(await guest.readFile("/tmp/two")).toBe("");
});
