/**
 * The agent as the first process of a real guest: nothing that its children do holds it up, and orphans are its own to reap.
 */
import { expect, test } from "vitest";
import { bootTwin } from "./live-guest.js";

const GETPID = 39;
const CLONE = 56;
const FORK = 57;
const VFORK = 58;
const KILL = 62;
const SIGCHLD = 17;
const SIGKILL = 9;
const SIGSTOP = 19;
const VM = 0x100;

test("the first process outlives stopped children, calls that make processes, and signals to all", async () => {
  await using guest = await bootTwin();
  const stopped = await guest.process("stopped");
  const pid = (await stopped.syscall(GETPID)).value!;
  await guest.syscall(KILL, pid, SIGSTOP);
  const waiting = stopped.syscall(GETPID, new Uint8Array(60_000), { deadlineMs: 3000 });
  const made = [
    await guest.syscall(FORK, { fork: true }),
    await guest.syscall(VFORK, { fork: true }),
    await guest.syscall(CLONE, SIGCHLD, { fork: true }),
    await guest.syscall(CLONE, VM | SIGCHLD, { fork: true }),
  ];
  for (const { status, value } of made) {
    expect(status).toBe("ok");
    expect(value).toBeGreaterThan(1n);
  }
  expect(await guest.syscall(FORK)).toMatchObject({ status: "refused" });
  expect(await waiting).toMatchObject({
    status: "timed-out",
    observation: { data: { stopped: SIGSTOP } },
  });
  expect((await guest.syscall(KILL, 1, SIGKILL)).outcome).toBe("ok");
  expect((await guest.syscall(KILL, 1, SIGSTOP)).outcome).toBe("ok");
  // One second later at the latest the first process has reaped whatever has lost its parent.
  await guest.sleep(1200);
  for (const { value } of made) {
    // A zombie would still be there to be signalled.
    expect((await guest.syscall(KILL, value!, 0)).outcome).toBe("ESRCH");
  }
  const record = await guest.close();
  expect(record).toMatchObject({ verdict: "passed" });
});
