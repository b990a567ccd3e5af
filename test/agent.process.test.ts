import { beforeAll, describe, expect, test } from "vitest";
import * as s from "../src/protocol/steps.js";
import { buildAgents, runAgent } from "./agent-process.js";

// Numbers of Linux on amd64.
const READ = 0;
const CLOSE = 3;
const WRITEV = 20;
const PIPE = 22;
const DUP = 32;
const PAUSE = 34;
const GETPID = 39;
const KILL = 62;
const GETTID = 186;
const EXIT_GROUP = 231;
const UNKNOWN = 4000;
const getpid = (name: string) => s.syscall({ name, nr: GETPID });

beforeAll(buildAgents, 120_000);

describe("the agent", () => {
  test("says who it is, answers every step once, and counts its frames", async () => {
    const run = await runAgent([getpid("a"), s.marker("hello \u00fc"), s.sleep(1)]);
    expect(run.events.every(({ type }) => type === "frame")).toBe(true);
    expect(run.observations[0]).toMatchObject({
      kind: "hello",
      data: { protocol: 1, run: "test", os: "linux", sysname: "Linux", transport: "oneshot" },
    });
    const end = run.observations.at(-1)!;
    expect(end).toMatchObject({ kind: "end", status: "done", data: { steps: 3, pending: 0 } });
    expect(end.data["frames"]).toBe(run.events.length);
    expect(run.reply("hello \u00fc").data["text"]).toBe("hello \u00fc");
    expect(run.console).toMatch(
      /^kernlane: agent for linux, run test[^]*step 1 a\r\n[^]*end \(done\), 3 steps/,
    );
    expect(run.status).toBe(0);
  });

  test("makes calls with integers, errors, and names by number", async () => {
    const run = await runAgent([
      getpid("pid"),
      s.syscall({ name: "unknown", nr: UNKNOWN, args: [1, 2, 3, 4, 5, 6] }),
      s.syscall({ name: "badfd", nr: CLOSE, args: [2n ** 64n - 1n] }),
    ]);
    expect(run.reply("pid").data["rc"]).toBe(run.reply("pid").meta["pid"]);
    expect(run.outcome("unknown")).toBe("ENOSYS");
    expect(run.outcome("badfd")).toBe("EBADF");
  });

  test("places buffers, pointers inside of them and earlier results", async () => {
    const text = s.inBytes(new TextEncoder().encode("pqr\n"));
    const length = s.pointerAt(0, text, 1);
    const iovec = s.inBytes("0000000000000000 0300000000000000", { pointers: [length] });
    const ends = s.outBytes(8);
    const run = await runAgent([
      s.syscall({ name: "pipe", nr: PIPE, args: [ends] }),
      s.syscall({ name: "dup", nr: DUP, args: [4] }),
      s.syscall({ name: "writev", nr: WRITEV, args: [s.resultOf("dup"), iovec, 1] }),
      s.syscall({
        name: "read",
        nr: READ,
        args: [3, s.addressOf(s.inOutBytes("ff".repeat(16)), 2), 3],
      }),
    ]);
    expect(run.reply("pipe").data).toMatchObject({ rc: 0, buffer0: "0300000004" });
    expect(run.outcome("writev")).toBe("= 3");
    expect(run.reply("read").data["buffer0"]).toBe(`ffff71720a${"ff".repeat(11)}`);
  });

  test("sends large buffers back whole, in parts", async () => {
    const bytes = Uint8Array.from({ length: 30_000 }, (_, at) => 1 + (at % 251));
    const run = await runAgent([
      s.syscall({ name: "big", nr: GETPID, args: [s.inOutBytes(bytes)] }),
    ]);
    expect(run.reply("big").data["buffer0"]).toBe(Buffer.from(bytes).toString("hex"));
  });
});

describe("a call that ends its process", () => {
  test("in a forked child is an observation, and the process lives on", async () => {
    const run = await runAgent([
      getpid("before"),
      s.syscall({ name: "signal", nr: KILL, args: [0, 31], fork: true }),
      s.syscall({ name: "exit", nr: EXIT_GROUP, args: [7], fork: true }),
      s.syscall({ name: "fine", nr: UNKNOWN, fork: true }),
      getpid("after"),
    ]);
    expect(run.outcome("signal")).toBe("SIGSYS");
    expect(run.outcome("fine")).toBe("ENOSYS");
    expect(run.outcome("exit")).toBe("exit 7");
    expect(run.outcome("after")).toBe(run.outcome("before"));
  });

  test("in the process itself is an observation too, and main is made again", async () => {
    const pid = s.syscall({ name: "self", nr: GETPID });
    const run = await runAgent([
      pid,
      s.syscall({ name: "exits", nr: EXIT_GROUP, args: [9] }),
      getpid("again"),
    ]);
    expect(run.outcome("exits")).toBe("exit 9");
    expect(run.outcome("again")).not.toBe(run.outcome("self"));
  });

  test("by a signal says which, forked or not", async () => {
    const kill = (name: string, fork: boolean) => [
      s.syscall({ name: `${name} tid`, nr: GETTID, fork }),
      s.syscall({ name, nr: KILL, args: [s.resultOf(`${name} tid`), 11], fork: false }),
    ];
    const run = await runAgent([...kill("direct", false), getpid("alive")]);
    expect(run.outcome("direct")).toBe("SIGSEGV");
    expect(run.outcome("alive")).toMatch(/^= /);
  });

  test("of a named process leaves its later steps answered as gone", async () => {
    const run = await runAgent([
      s.process("p", [s.syscall({ name: "die", nr: EXIT_GROUP, args: [1] }), getpid("late")]),
      getpid("main"),
    ]);
    expect(run.outcome("die")).toBe("exit 1");
    expect(run.outcome("late")).toMatch(/^gone: /);
    expect(run.outcome("main")).toMatch(/^= /);
  });
});

describe("what hangs", () => {
  test("is timed out by its own deadline, forked or not, and the run goes on", async () => {
    const run = await runAgent([
      s.syscall({ name: "forked", nr: PAUSE, fork: true, deadlineMs: 50 }),
      s.syscall({ name: "direct", nr: PAUSE, deadlineMs: 50 }),
      s.program("/bin/sh", ["-c", "echo before; sleep 60"], { name: "program", deadlineMs: 200 }),
      s.barrier(3, 2, { name: "alone", deadlineMs: 50 }),
      getpid("after"),
    ]);
    for (const name of ["forked", "direct", "program", "alone"]) {
      expect(run.outcome(name)).toBe("timed out");
    }
    expect(run.outcome("after")).toMatch(/^= /);
    expect(run.observations.filter(({ kind }) => kind === "output")).toHaveLength(1);
  });

  test("beyond the deadline of everything is timed out, nothing more begins, and the end frame says so", async () => {
    const steps = [s.syscall({ name: "hang", nr: PAUSE }), getpid("after")];
    const run = await runAgent(steps, { deadlineMs: 2000 });
    expect(run.outcome("hang")).toBe("timed out");
    expect(run.observations.at(-1)).toMatchObject({
      kind: "end",
      status: "deadline",
      data: { pending: 1 },
    });
    expect(run.status).toBe(1);
  });
});

describe("processes and threads", () => {
  test("live side by side, keep their identity, and end when told", async () => {
    const run = await runAgent([
      s.process("a", [getpid("a1")]),
      s.process("b", [getpid("b1")]),
      s.process("a", [getpid("a2"), s.exit(5, { name: "a ends" })]),
      s.process("b", [getpid("b2")]),
      s.kill("b", 15, { name: "b ends" }),
    ]);
    expect(run.outcome("a2")).toBe(run.outcome("a1"));
    expect(run.outcome("b2")).toBe(run.outcome("b1"));
    expect(run.outcome("a1")).not.toBe(run.outcome("b1"));
    expect(run.outcome("a ends")).toBe("exit 5");
    expect(run.reply("b ends")).toMatchObject({ status: "ok", data: { signal: 15 } });
  });

  test("exec keeps the pid and ends the threads", async () => {
    const run = await runAgent([
      s.process("p", [
        getpid("before"),
        s.thread("t", [getpid("in thread")]),
        s.exec({ name: "first" }),
        s.exec({ name: "second" }),
        getpid("after"),
        s.thread("t", [s.syscall({ name: "new thread", nr: GETTID })]),
      ]),
    ]);
    expect(run.outcome("first")).toBe("ok");
    expect(run.outcome("second")).toBe("ok");
    expect(run.outcome("after")).toBe(run.outcome("before"));
    expect(run.outcome("new thread")).not.toBe(run.outcome("before"));
  });

  test("meet at barriers within a process, across processes and inside of batches", async () => {
    const meets = (name: string) => [
      s.barrier(1, 4, { name }),
      s.batch([s.meet(2, 4), s.call({ nr: GETTID })], { name: `${name} batch` }),
    ];
    const run = await runAgent([
      s.parallel([
        s.process("p", [s.parallel([s.thread("a", meets("pa")), s.thread("b", meets("pb"))])]),
        s.process("q", [s.exec(), ...meets("q")]),
        s.thread("c", meets("c")),
      ]),
    ]);
    const tids = ["pa", "pb", "q", "c"].map((name) => {
      expect(run.outcome(name)).toBe("ok");
      return run.outcome(`${name} batch`);
    });
    expect(new Set(tids).size).toBe(4);
  });

  test("threads share their process, exit, are joined and begin again", async () => {
    const run = await runAgent([
      s.process("p", [
        getpid("pid"),
        s.thread("t", [getpid("t pid"), s.syscall({ name: "t1", nr: GETTID }), s.exit()]),
        s.join("t", { name: "join" }),
        s.thread("t", [s.syscall({ name: "t2", nr: GETTID })]),
      ]),
      s.process("p", [s.join("nobody", { name: "join nobody" })]),
    ]);
    expect(run.outcome("t pid")).toBe(run.outcome("pid"));
    expect(run.outcome("join")).toBe("ok");
    expect(run.outcome("t2")).not.toBe(run.outcome("t1"));
    expect(run.outcome("join nobody")).toMatch(/^refused/);
  });
});

describe("what the agent does not understand", () => {
  test("is answered as refused, step by step, and the run goes on", async () => {
    const wrong = [
      "101 main - 1000 - frobnicate 1",
      "102 main - 1000 - syscall",
      "103 main - 1000 - syscall 39 1 2 3 4 5 6 7",
      "104 main - 1000 - syscall 39 &3",
      "105 main - 1000 - syscall 39 in:4:zz",
      "106 main - 1000 - syscall 39 in:99999999:",
      "107 main - 1000 - syscall 39 in:8: at:0:4:0:0",
      "108 main - 1000 - syscall 39 $77",
      "109 main - 1000 - batch 39 ; meet 99 2",
      "110 main - 1000",
      "111 a/b/c - 1000 - syscall 39",
      "112 main - 1000 - time 0 0 39",
      "113 main - 1000 - power up",
      "114 main - 1000 - read-file x /etc",
      "115 main - 1000 - sysctl string",
      "no number at all",
      "116 main - 1000 - spawn a/b",
    ];
    const run = await runAgent([getpid("fine")], {
      editPlan: (text) => text.replace("begin\n", `begin\n${wrong.join("\n")}\n`),
    });
    const refused = run.observations.filter(({ status }) => status === "refused");
    expect(refused).toHaveLength(wrong.length);
    expect(refused.every(({ data }) => typeof data["reason"] === "string")).toBe(true);
    expect(run.outcome("fine")).toMatch(/^= /);
    expect(run.observations.at(-1)).toMatchObject({ kind: "end", status: "done" });
  });

  test("as a plan of 8 MiB is told, not carried out in part", async () => {
    const run = await runAgent([getpid("never")], {
      editPlan: (text) => text.replace("end\n", `${"\n".repeat(8 << 20)}end\n`),
    });
    expect(run.status).toBe(1);
    expect(run.console).toMatch(/the plan has 8 MiB or more/);
  });

  test("as a plan is told on the console, as a frame and as an exit status", async () => {
    for (const plan of ["", "kernlane-plan 2\n", "kernlane-plan 1\nrun-id x\nbegin\nend\n"]) {
      const run = await runAgent([getpid("never")], { editPlan: () => plan });
      expect(run.status).toBe(1);
      expect(run.console).toMatch(/@kl 1 [0-9a-f]{8} \{"kind":"error","status":"no-plan"/);
    }
  });
});

describe("the fault injection", () => {
  test("makes a gap, a damaged frame and a missing end, each visible to the reader", async () => {
    const dropped = await runAgent([s.fault("drop-frame"), getpid("after")]);
    expect(dropped.events).toContainEqual({ type: "gap", from: 2, to: 2 });
    expect(dropped.outcome("after")).toMatch(/^= /);
    const garbled = await runAgent([s.fault("garble-frame"), getpid("after")]);
    expect(garbled.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["damaged", "gap", "frame"]),
    );
    const endless = await runAgent([s.fault("exit-without-end"), getpid("never")]);
    expect(endless.observations.map(({ kind }) => kind)).toEqual(["hello", "fault"]);
  });
});
