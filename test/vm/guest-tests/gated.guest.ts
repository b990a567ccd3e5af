import { expect, test } from "kernlane/vitest";

// The built-in lane, which has a gate of its own; without an image it cannot run.
test.use({ lane: "twq", kernel: "stock" });

test("wants a FreeBSD guest", async ({ guest }) => {
  expect(await guest.syscall(20)).toSucceedWith();
});

test("wants it, too", async ({ guest }) => {
  expect(await guest.syscall(20)).toSucceedWith();
});
