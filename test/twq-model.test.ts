/** The model of `twq_kernreturn`, the sequences that it is tried with, and what comes of a kernel that is wrong. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { SHOULD_NARROW } from "../lanes/twq/abi.js";
import type { TwqCommand } from "../lanes/twq/command.js";
import { liveRecords, runModel, startState, step, type TwqState } from "../lanes/twq/model.js";
import { noCounts } from "../lanes/twq/stats.js";
import { commandSequences } from "./twq/commands.js";
import { findShortestDisagreement } from "./twq/play.js";
import { standInKernel, stepOffByOne, stepWithoutTeardown } from "./twq/stand-in-kernel.js";

const start = startState({ width: 2, counters: noCounts });
const runs = { numRuns: 300 };

test("what was made and not dropped is what there is, after every command of any sequence", () => {
  fc.assert(
    fc.property(commandSequences, (commands) => {
      let state = start;
      for (const command of commands) {
        state = step(state, command).state;
        expect(liveRecords(state.counters)).toEqual(recordsIn(state));
        for (const { pending } of Object.values(state.records)) {
          expect(pending.every((count) => count >= 0 && count <= 64)).toBe(true);
        }
      }
    }),
    runs,
  );
});

test("nothing is left when every process is gone", () => {
  fc.assert(
    fc.property(commandSequences, (commands) => {
      const ends = commands.map(({ process }): TwqCommand => ({ kind: "kill", process }));
      const { state } = runModel(start, [...commands, ...ends]);
      expect(liveRecords(state.counters)).toEqual({ processes: 0, threads: 0 });
      expect(state.records).toEqual({});
    }),
    runs,
  );
});

test("a call that fails changes nothing, and the state that was given stays as it was", () => {
  fc.assert(
    fc.property(commandSequences, (commands) => {
      let state = start;
      for (const command of commands) {
        const before = structuredClone(state);
        const after = step(state, command);
        expect(state).toEqual(before);
        if (typeof after.answer === "string") expect(after.state).toEqual(before);
        state = after.state;
      }
    }),
    runs,
  );
});

test("the sequences reach every operation's success and every errno", () => {
  const seen = new Set<string>();
  for (const commands of fc.sample(commandSequences, { numRuns: 400, seed: 1 })) {
    const { answers } = runModel(start, commands);
    commands.forEach((command, index) => {
      const answer = answers[index];
      if (command.kind !== "call") return;
      seen.add(
        typeof answer === "string" ? answer : `${Number(BigInt.asIntN(32, BigInt(command.op)))}`,
      );
      if (command.op === SHOULD_NARROW) seen.add(`narrow ${answer ?? ""}`);
    });
  }
  const errnos = ["EINVAL", "EFAULT", "ENOTSUP", "EBUSY", "ENXIO", "EAGAIN", "ESRCH"];
  const operations = ["1", "2", "4", "32", "512", "1024", "narrow 0", "narrow 1"];
  expect([...seen]).toEqual(expect.arrayContaining([...errnos, ...operations]));
});

test("a kernel that keeps to the contract agrees", async () => {
  expect(await findShortestDisagreement(standInKernel(2), { numRuns: 300 })).toBeUndefined();
});

test("a missing teardown is found, and told by a sequence of which nothing can be left out", async () => {
  const kernel = standInKernel(2, stepWithoutTeardown);
  const found = await findShortestDisagreement(kernel, { numRuns: 300, seed: 1 });
  expect(found?.commands).toHaveLength(2);
  expect(found?.text).toBe(
    `with every process gone the contract says thread_free ${freedIn(found?.text)}`,
  );
  expect(found?.test).toContain("toSucceedWith(1);");
});

test("an off by one is found, and printed as a test that shows it", async () => {
  const found = await findShortestDisagreement(standInKernel(2, stepOffByOne), {
    numRuns: 300,
    seed: 1,
  });
  expect(found?.text).toBe("the contract says 0, the kernel 1");
  expect(found?.test).toMatchInlineSnapshot(`
    "import { expect, test } from "kernlane/vitest";
    import { TWQ_KERNRETURN, SPI_VERSION, OVERCOMMIT, qos, INIT, THREAD_ENTER, SHOULD_NARROW, initArgs, shouldNarrowArgs } from "../lanes/twq/abi.js";
    import { parseTwqStats } from "../lanes/twq/stats.js";

    test("the kernel keeps to the contract", async ({ guest }) => {
      const before = parseTwqStats(await guest.readFile("/proc/twq_stats")).counters;
      const a = await guest.process();
      expect(await a.syscall(TWQ_KERNRETURN, INIT, initArgs({ version: SPI_VERSION }), initArgs.size, 0)).toSucceedWith(1);
      const a_t1 = await a.thread();
      expect(await a_t1.syscall(TWQ_KERNRETURN, THREAD_ENTER, qos.maintenance + OVERCOMMIT, 0, 0)).toSucceedWith(1);
      expect(await a.syscall(TWQ_KERNRETURN, THREAD_ENTER, qos.maintenance + OVERCOMMIT, 0, 0)).toSucceedWith(2);
      // the contract says 0, the kernel 1
      expect(await a.syscall(TWQ_KERNRETURN, SHOULD_NARROW, shouldNarrowArgs({ version: SPI_VERSION, priority: qos.maintenance }), shouldNarrowArgs.size, 0)).toSucceedWith(0);
      await a.exit();
      const after = parseTwqStats(await guest.readFile("/proc/twq_stats")).counters;
      expect(after.proc_alloc - before.proc_alloc).toBe(after.proc_free - before.proc_free);
      expect(after.thread_alloc - before.thread_alloc).toBe(after.thread_free - before.thread_free);
    });
    "
  `);
});

test("trouble on the way to the kernel is passed on, and is no disagreement", async () => {
  const kernel = {
    ...standInKernel(2),
    perform: () => Promise.reject(new Error("the line is cut")),
  };
  await expect(findShortestDisagreement(kernel, runs)).rejects.toThrow("the line is cut");
});

function recordsIn({ records }: TwqState): { processes: number; threads: number } {
  const all = Object.values(records);
  const threads = all.reduce((sum, { entered }) => sum + Object.keys(entered).length, 0);
  return { processes: all.length, threads };
}

/** The counters go on from one sequence to the next, so their values are not known here; one is behind. */
function freedIn(text = ""): string {
  const [, expected = "", seen = ""] = /thread_free (\d+), the kernel (\d+)$/.exec(text) ?? [];
  expect(Number(expected)).toBe(Number(seen) + 1);
  return `${expected}, the kernel ${seen}`;
}
