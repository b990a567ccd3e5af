import { expect, test } from "kernlane/vitest";

test.use({ lane: "twin", scope: "test", checkpoint: true });

const UMASK = 95;

test("a test may leave its guest as it likes", async ({ guest }) => {
  expect(await guest.syscall(UMASK, 0o7)).toSucceedWith(0o22);
});

test("the next one begins where the first did", async ({ guest }) => {
  expect(await guest.syscall(UMASK, 0o7)).toSucceedWith(0o22);
  await expect(guest.writeFile("/proc/twq_fault", "panic")).rejects.toThrow("panicked");
  await expect(guest).toHavePanicked();
});

test("and so does the one after a panic", async ({ guest }) => {
  expect(await guest.syscall(UMASK, 0o7)).toSucceedWith(0o22);
  expect(guest).toHaveBooted("TWQDEBUG");
});
