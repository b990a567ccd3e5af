/**
 * System calls that make processes: made in a forked child they are results like any other, and what they make ends at once.
 */
import { beforeAll, describe, expect, test } from "vitest";
import * as s from "../src/protocol/steps.js";
import { buildAgents, runAgent } from "./agent-process.js";

// Numbers of Linux on amd64.
const CLONE = 56;
const FORK = 57;
const VFORK = 58;
const GETPID = 39;
const CLONE3 = 435;
const X32 = 0x4000_0000;

const CHILD = 17; // SIGCHLD, what the child's end sends
const VM = 0x100;
const SIGHAND = 0x800;
const PARENT = 0x8000;
const THREAD = 0x1_0000;
const FLAGS_THAT_CONTRADICT = THREAD | CHILD;

/** struct clone_args of 64 bytes: flags at 0, the exit signal at 32. */
function cloneArguments(flags: number): s.GuestBuffer {
  const bytes = Buffer.alloc(64);
  bytes.writeBigUInt64LE(BigInt(flags), 0);
  bytes.writeBigUInt64LE(BigInt(CHILD), 32);
  return s.inBytes(bytes);
}

beforeAll(buildAgents, 120_000);

const stack = s.addressOf(s.inOutBytes(Buffer.alloc(16_384)), 16_384);
const making: readonly [string, number, readonly s.Argument[]][] = [
  ["fork", FORK, []],
  ["vfork", VFORK, []],
  ["clone", CLONE, [CHILD]],
  ["clone that shares memory and stack", CLONE, [VM | CHILD]],
  ["clone with a stack", CLONE, [VM | CHILD, stack]],
  ["clone of a sibling", CLONE, [PARENT | CHILD]],
  ["clone of a thread", CLONE, [VM | SIGHAND | THREAD, stack]],
  ["clone without a signal at its end", CLONE, [0]],
  ["clone3", CLONE3, [cloneArguments(0), 64]],
];

describe("a call that makes a process", () => {
  test.each(making)(
    "%s: in a forked child returns what the parent sees, and leaves nothing behind",
    async (name, nr, args) => {
      const run = await runAgent([
        s.syscall({ name: "pid", nr: GETPID }),
        s.syscall({ name, nr, args, fork: true, deadlineMs: 5000 }),
        s.readFile("/proc/thread-self/children", { name: "children" }),
        s.syscall({ name: "same pid", nr: GETPID }),
      ]);
      expect(run.reply(name).data["rc"]).toBeGreaterThan(1);
      expect(run.reply(name)).toMatchObject({ status: "ok" });
      expect(run.reply("children").data["content"]).toBe("");
      expect(run.outcome("same pid")).toBe(run.outcome("pid"));
      expect(run.observations.map(({ kind }) => kind)).toEqual([
        ...["hello", "syscall", "syscall", "read-file", "syscall", "end"],
      ]);
      expect(run.status).toBe(0);
    },
  );

  test("is an errno where the kernel refuses it", async () => {
    const run = await runAgent([
      s.syscall({ name: "flags", nr: CLONE, args: [FLAGS_THAT_CONTRADICT], fork: true }),
      s.syscall({ name: "size", nr: CLONE3, args: [cloneArguments(0), 8], fork: true }),
    ]);
    expect(run.outcome("flags")).toBe("EINVAL");
    expect(run.outcome("size")).toBe("EINVAL");
  });

  test.each([...making, ["fork by its x32 number", FORK | X32, []] as const])(
    "%s: is refused in a process of the agent, alone and among others",
    async (name, nr, args) => {
      const call = { nr, args: [...args] };
      const run = await runAgent([
        s.syscall({ name, ...call }),
        s.batch([s.call({ nr: GETPID }), s.call(call)], { name: "batch" }),
        s.time({ name: "time", ...call, count: 1 }),
      ]);
      for (const refused of [name, "batch", "time"]) {
        expect(run.reply(refused)).toMatchObject({
          status: "refused",
          data: { reason: expect.stringContaining("fork: true") as string },
        });
      }
      expect(run.reply("batch").data["calls"]).toBe(1);
    },
  );
});
