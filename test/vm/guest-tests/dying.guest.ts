/** Tests of which some are to fail, with what `vitest.vm.test.ts` looks for. */
import { expect, test } from "kernlane/vitest";

test.use({ lane: "twin" });

const TWQ = 468;
const INIT = 1;

test("fails by what it saw", async ({ guest }) => {
  await guest.writeFile("/dev/kmsg", "twq: about to fail\n");
  await expect(guest).toHaveSaid("about to fail");
  expect(await guest.syscall(TWQ, INIT, { name: "twq_kernreturn(INIT)" })).toSucceedWith(1);
});

test("fails by the panic", async ({ guest }) => {
  await guest.writeFile("/proc/twq_fault", "panic");
});

test("has a fresh guest, and fails by a death that it did not wait for", ({ guest }) => {
  guest.writeFile("/proc/twq_fault", "panic").catch(() => undefined);
});

test("passes by the panic that it asked for", async ({ guest }) => {
  expect(await guest.syscall(TWQ, INIT)).toFailWith("ENOTSUP");
  await expect(guest.writeFile("/proc/twq_fault", "panic")).rejects.toThrow("panicked");
  await expect(guest).toHavePanicked("twq_fault: asked for");
});

test("has a fresh guest again, with a finding that fails its file", async ({ guest }) => {
  await guest.writeFile("/proc/twq_fault", "warn");
  await expect(guest).toHaveSaid(/WARNING: /);
});
