/**
 * What hung and dying kernels are asked, and answer, in real guests.
 */
import { expect, inject, test } from "vitest";
import type { LaneConfig } from "../../src/lane/lane.js";
import type { ColumnRecord } from "../../src/run/record.js";
import { batch, call, inBytes, syscall, writeFile } from "../../src/protocol/steps.js";
import { runGuest, twin } from "./guest-run.js";

const GETPID = 39;
const PAUSE = 34;
const SCHED_SETSCHEDULER = 144;
const getpid = syscall({ name: "getpid()", nr: GETPID, expect: /^= \d+$/ });
const strike = (word: string) =>
  writeFile("/proc/twq_fault", word, { name: word, deadlineMs: 2_000 });
const locks = (commandLine: string): Partial<LaneConfig> => ({
  kernels: { TWQLOCKS: inject("locksKernel") },
  commandLine,
});

const answersOf = ({ answers }: ColumnRecord, question: string): string =>
  answers.flatMap((one) => (one.question === question ? one.lines : [])).join("\n");

test("a late step says where it was in the distribution's kernel, and the run goes on", async () => {
  const late = syscall({ name: "pause()", nr: PAUSE, deadlineMs: 500 });
  const forked = syscall({ name: "forked", nr: PAUSE, fork: true, deadlineMs: 500 });
  const column = await runGuest({ steps: [late, forked, getpid] });
  expect(column.verdict).toBe("failed");
  for (const name of ["pause()", "forked"]) {
    expect(answersOf(column, name)).toMatch(/^thread \d+ \(init\) S\n.*sys_pause/);
  }
  expect(column.evidence).toContain("kernel stack of the step's process, pause():");
});

test("two threads that wait for each other are the title", async () => {
  const column = await runGuest({
    steps: [getpid, strike("deadlock")],
    lane: { ...locks("lockdep.prove_locking=0"), machine: { cpus: 2, memory: "256M" } },
  });
  expect(column).toMatchObject({
    verdict: "hung",
    title:
      "deadlock: init holds twq_lock_x and waits for twq_lock_y, twq_other holds twq_lock_y and waits for twq_lock_x",
  });
  expect(answersOf(column, "deadlock")).toMatch(/^thread \d+ \(init\) D\n.*take_x_then_y/);
  expect(answersOf(column, "d")).toMatch(/twq_lock_x/);
});

test("the distribution's kernel, in which a program leaves no time to anybody, is asked by sysrq", async () => {
  const spins = Array.from({ length: 50 }, () => call({ nr: GETPID, repeat: 10_000_000 }));
  const column = await runGuest({
    steps: [
      getpid,
      writeFile("/proc/sys/kernel/sched_rt_runtime_us", "-1", { name: "no limit" }),
      syscall({
        ...{ name: "first of all", nr: SCHED_SETSCHEDULER },
        args: [0, 1, inBytes(Buffer.from([99, 0, 0, 0]))],
      }),
      batch(spins, { name: "spins", deadlineMs: 300_000 }),
    ],
    options: { probeTimeout: "5s" },
  });
  expect(column.verdict).toBe("hung");
  expect(column.answers.map(({ from, question }) => `${from} ${question}`)).toEqual([
    ...["sysrq w", "sysrq l", "sysrq t"],
  ]);
  expect(answersOf(column, "l")).toMatch(/CPU: 0 PID: \d+ Comm: init/);
  expect(answersOf(column, "t")).toMatch(/task:kthreadd/);
});

test("a processor that hangs with its interrupts off is seen from the other", async () => {
  const column = await runGuest({
    steps: [getpid, strike("hang-all")],
    lane: { ...twin(), machine: { cpus: 2, memory: "256M" } },
    options: { probeTimeout: "4s" },
  });
  expect(column.verdict).toBe("hung");
  expect(column.evidence.join("\n")).toMatch(/NMI[^]*spin_for_ever/);
});

test("kdb is asked the lane's commands, and its pager does not stop it", async () => {
  const column = await runGuest({
    steps: [getpid, strike("oops")],
    lane: { ...locks("kgdboc=ttyS0 panic=0"), debugger: ["bt", "nosuchcommand", "ps"] },
  });
  expect(column.verdict).toBe("panicked");
  expect(column.title).toMatch(/fault_oops$/);
  expect(column.answers.map(({ from, question, ended }) => `${from} ${question} ${ended}`)).toEqual(
    ["kdb bt prompt", "kdb nosuchcommand prompt", "kdb ps prompt"],
  );
  expect(answersOf(column, "bt")).toMatch(/Stack traceback for pid \d+\n[^]*fault_oops/);
  expect(answersOf(column, "ps")).toMatch(/Task Addr[^]*init/);
});
