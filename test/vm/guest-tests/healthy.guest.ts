import { expect, test } from "kernlane/vitest";
import { INIT, initArgs, SPI_VERSION, TWQ_KERNRETURN } from "../../../lanes/twq/abi.js";

test.use({ lane: "twin", kernel: "TWQDEBUG" });

const KILL = 62;
const SIGSEGV = 11;

test("INIT is known and not there yet", async ({ guest }) => {
  const args = initArgs({ version: SPI_VERSION });
  const reply = await guest.syscall(TWQ_KERNRETURN, INIT, args, initArgs.size, 0);
  expect(reply).toFailWith("ENOTSUP");
  expect(reply).not.toSucceedWith();
});

test("the guest is the one that the first test had", ({ guest, lane }) => {
  expect(guest).toHaveBooted("TWQDEBUG");
  expect(lane.guest).toBe("linux");
  expect(guest.console.text()).toContain("Linux version");
});

test("a killed child is a result, and a name of another system is refused", async ({ guest }) => {
  const killed = await guest.syscall(KILL, 0, SIGSEGV, { fork: true });
  expect(killed).toBeKilledBy("SIGSEGV");
  const missing = await guest.run("/no/such/program");
  expect(missing).toFailWith("ENOENT");
  expect(() => expect(missing).toFailWith("ENOENTT")).toThrow("did you mean ENOENT?");
});

test("the console is heard, and only what this test has caused", async ({ guest }) => {
  await expect(guest).not.toHaveSaid("Linux version");
  await guest.writeFile("/dev/kmsg", "twq: hello\n");
  await expect(guest).toHaveSaid(/twq: hello$/);
  await expect(guest).not.toHavePanicked();
});
