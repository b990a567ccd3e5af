/**
 * Nothing that a worker, a program or a reader does holds up the agent: the others go on, and the step's reply says what was.
 */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { encodeRequest, type Request } from "../src/protocol/encode-request.js";
import { encodeLivePlan } from "../src/protocol/encode-plan.js";
import * as s from "../src/protocol/steps.js";
import { agentPath, buildAgents, ended, LiveAgent, runAgent } from "./agent-process.js";
import { tempFolder } from "./temp-folder.js";

// Numbers of Linux on amd64.
const WRITE = 1;
const CLOSE = 3;
const PAUSE = 34;
const GETPID = 39;
const EXECVE = 59;
const KILL = 62;
const PTRACE = 101;
const CLOSE_RANGE = 436;
const SIGKILL = 9;
const SIGUSR1 = 10;
const SIGSTOP = 19;
const REPLIES = 202;
const REQUESTS = 203;

let folder: string;
beforeAll(buildAgents, 120_000);
beforeEach(() => {
  folder = tempFolder("faults");
});

const quiet = (request: Request, context = "main") =>
  encodeRequest(request, { context, quiet: true });
const getpid = s.syscall({ nr: GETPID });
/** Whatever becomes of the test, its agents end with it. */
async function startLive(): Promise<LiveAgent> {
  const agent = await LiveAgent.start(folder);
  onTestFinished(() => agent.kill());
  return agent;
}

function spawnAgent() {
  const plan = join(folder, "plan");
  const child = spawn(agentPath, [plan], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** A request that no pipe holds at once. */
const large = (deadlineMs: number) =>
  s.syscall({ nr: GETPID, args: [s.inBytes(Buffer.alloc(60_000, 0x5a))], deadlineMs });

describe("a worker", () => {
  test("that is stopped does not take a long request, and the others go on", async () => {
    const agent = await startLive();
    const { data } = (await agent.ask(1, quiet({ kind: "spawn", process: "p" }))) as {
      data: { pid: number };
    };
    await agent.ask(2, quiet(s.syscall({ nr: KILL, args: [data.pid, SIGSTOP] })));
    agent.send(3, quiet(large(500), "p"));
    agent.send(4, quiet(getpid));
    expect(await agent.next()).toMatchObject({ status: "ok", data: { step: 4 } });
    expect(await agent.next()).toMatchObject({
      status: "timed-out",
      data: { step: 3, stopped: SIGSTOP },
    });
    expect(await agent.ask(5, quiet(getpid, "p"))).toMatchObject({ status: "gone" });
    await agent.ask(6, quiet({ kind: "spawn", process: "p" }));
    expect(await agent.ask(7, quiet(large(5000), "p"))).toMatchObject({ status: "ok" });
    expect(await agent.close()).toBe(0);
  });

  test("that is killed while it is sent a long request is answered for", async () => {
    const agent = await startLive();
    const { data } = (await agent.ask(1, quiet({ kind: "spawn", process: "p" }))) as {
      data: { pid: number };
    };
    await agent.ask(2, quiet(s.syscall({ nr: KILL, args: [data.pid, SIGSTOP] })));
    agent.send(3, quiet(large(5000), "p"));
    agent.send(4, quiet(s.syscall({ nr: KILL, args: [data.pid, SIGKILL] })));
    const replies = [await agent.next(), await agent.next()];
    expect(replies).toContainEqual(
      expect.objectContaining({
        status: "signal",
        data: expect.objectContaining({ step: 3, signal: SIGKILL }) as object,
      }),
    );
    expect(await agent.close()).toBe(0);
  });

  test("says where its threads were in the kernel before it is killed for its deadline", async () => {
    const hang = { nr: PAUSE, deadlineMs: 200 };
    const run = await runAgent([
      s.syscall({ name: "direct", ...hang }),
      s.syscall({ name: "forked", ...hang, fork: true }),
      s.process("threads", [s.thread("other", [s.syscall({ name: "in a thread", ...hang })])]),
      s.program("/bin/sleep", ["10"], { name: "program", deadlineMs: 200 }),
    ]);
    for (const [name, comm, count] of [
      ["direct", "kernlane-agent", 1],
      ["forked", "kernlane-agent", 1],
      ["in a thread", "kernlane-agent", 2],
      ["program", "sleep", 1],
    ] as const) {
      const { stack } = run.reply(name).data;
      const threads = String(stack).split(/(?=thread \d)/);
      expect(threads, name).toHaveLength(count);
      // Below it a kernel that lets this user see it shows the frames.
      for (const thread of threads)
        expect(thread).toMatch(new RegExp(`^thread \\d+ \\(${comm}\\) [SD]\\|`));
    }
  });

  test("that stops itself, or is stopped by its tracer's signal, says which signal it was", async () => {
    const stop = { nr: KILL, args: [0, SIGSTOP], deadlineMs: 200 };
    const run = await runAgent([
      s.syscall({ name: "direct", ...stop }),
      s.syscall({ name: "forked", ...stop, fork: true }),
      s.process("traced", [
        s.syscall({ name: "trace me", nr: PTRACE, args: [0, 0, 0, 0] }),
        s.syscall({ name: "signalled", nr: KILL, args: [0, SIGUSR1], deadlineMs: 200 }),
      ]),
      s.program("/bin/sh", ["-c", "kill -STOP $$"], { name: "program", deadlineMs: 200 }),
      s.syscall({ name: "after", nr: GETPID }),
    ]);
    for (const name of ["direct", "forked"]) {
      expect(run.reply(name)).toMatchObject({ status: "timed-out", data: { stopped: SIGSTOP } });
    }
    expect(run.outcome("trace me")).toBe("ok");
    expect(run.reply("signalled")).toMatchObject({
      status: "timed-out",
      data: { stopped: SIGUSR1 },
    });
    expect(run.outcome("program")).toBe("timed out");
    expect(run.outcome("after")).toMatch(/^= /);
  });

  test.each([
    ["closes its pipe for replies", s.syscall({ name: "it", nr: CLOSE, args: [REPLIES] })],
    ["closes its pipe for requests", s.syscall({ name: "first", nr: CLOSE, args: [REQUESTS] })],
    ["closes everything", s.syscall({ name: "it", nr: CLOSE_RANGE, args: [0, 0xffff_ffff, 0] })],
    [
      "closes its pipe in a batch",
      s.batch([s.call({ nr: CLOSE, args: [REPLIES] })], { name: "it" }),
    ],
  ])("that %s is answered for, with what was closed", async (_, step) => {
    const run = await runAgent([
      s.process("p", [step, s.syscall({ name: "then", nr: GETPID })]),
      s.syscall({ name: "after", nr: GETPID }),
    ]);
    const name = step.name === "first" ? "then" : "it";
    expect(run.outcome(name)).toMatch(
      name === "it" ? /^gone: the process has closed the descriptors/ : /^gone: /,
    );
    expect(run.outcome("after")).toMatch(/^= /);
    expect(run.observations.at(-1)).toMatchObject({ kind: "end", status: "done" });
  });

  test("that executes a program or writes to the agent's pipe itself is answered for at once", async () => {
    const path = s.inBytes(Buffer.from("/bin/sleep\0"));
    const words = s.inBytes(Buffer.alloc(24), {
      pointers: [s.pointerAt(0, path), s.pointerAt(8, s.inBytes(Buffer.from("60\0")))],
    });
    const forged = Buffer.from('R 0 1 {"kind":"syscall"}', "latin1");
    const run = await runAgent([
      s.syscall({ name: "exec", nr: EXECVE, args: [path, words, 0], deadlineMs: 20_000 }),
      s.syscall({
        name: "missing",
        nr: EXECVE,
        args: [s.inBytes(Buffer.from("/no/such\0")), words, 0],
      }),
      s.syscall({ name: "writes", nr: WRITE, args: [REPLIES, s.inBytes(forged), forged.length] }),
      s.syscall({
        name: "writes endlessly",
        nr: WRITE,
        args: [REPLIES, s.inBytes(Buffer.alloc(60_000, 0x41)), 60_000],
      }),
      s.syscall({ name: "after", nr: GETPID }),
    ]);
    expect(run.outcome("exec")).toMatch(/^gone: the process executed a program/);
    expect(run.outcome("missing")).toBe("ENOENT");
    expect(run.outcome("writes")).toMatch(/^gone: something else than a reply/);
    expect(run.outcome("writes endlessly")).toMatch(/^gone: something else than a reply/);
    expect(run.outcome("after")).toMatch(/^= /);
    expect(run.events.every(({ type }) => type === "frame")).toBe(true);
  });

  test("that is killed at a barrier is not counted there any more", async () => {
    const agent = await startLive();
    await agent.ask(1, quiet({ kind: "spawn", process: "p" }));
    await agent.ask(2, quiet({ kind: "spawn", process: "q" }));
    agent.send(3, quiet(s.barrier(4, 2), "p"));
    agent.send(4, quiet(s.sleep(50)));
    await agent.next();
    agent.send(5, quiet(s.kill("p")));
    const ends = [await agent.next(), await agent.next()];
    expect(ends.map(({ status }) => status).sort()).toEqual(["ok", "signal"]);
    const meeting = s.barrier(4, 2, { deadlineMs: 200 });
    expect(await agent.ask(6, quiet(meeting, "q"))).toMatchObject({ status: "timed-out" });
    expect(await agent.ask(7, quiet(meeting, "q"))).toMatchObject({ status: "timed-out" });
    expect(await agent.close()).toBe(0);
  });
});

describe("a reader", () => {
  test("of the channel that pauses loses nothing, and deadlines hold meanwhile", async () => {
    const agent = await startLive();
    await agent.ask(1, quiet({ kind: "spawn", process: "p" }));
    agent.pause();
    const bytes = Buffer.alloc(30_000, 0x5a);
    const echo = quiet(s.syscall({ nr: GETPID, args: [s.inOutBytes(bytes)] }));
    const count = 40;
    for (let seq = 2; seq < 2 + count; seq++) agent.send(seq, echo);
    agent.send(2 + count, quiet(s.syscall({ nr: PAUSE, deadlineMs: 100 }), "p"));
    // The agent has read everything: its input takes no more than a pipe holds.
    agent.send(3 + count, quiet(s.sleep(300), "p"));
    agent.resume();
    const answered = new Map<number, string>();
    while (answered.size < count + 2) {
      const { kind, status, data } = (await agent.next()) as {
        kind: string;
        status: string;
        data: { step: number };
      };
      if (kind !== "part") answered.set(data.step, status);
    }
    expect(agent.trouble).toEqual([]);
    expect([...answered.values()].filter((status) => status === "ok")).toHaveLength(count);
    expect(answered.get(2 + count)).toBe("timed-out");
    expect(answered.get(3 + count)).toBe("gone");
    expect(await agent.close()).toBe(0);
  });

  test("of the console that has gone to sleep does not hold up a run", async () => {
    const channel = join(folder, "channel");
    await writeFile(channel, "");
    const steps = Array.from(
      { length: 3000 },
      (_, at) => `${at + 1} main - 1000 ${"n".repeat(60)} hello`,
    );
    const plan = ["kernlane-plan 1", "run-id x", "transport oneshot", `channel ${channel}`];
    const lines = [...plan, "deadline 0", "at-end exit", "begin", ...steps, "end", ""];
    await writeFile(join(folder, "plan"), lines.join("\n"));
    const child = spawnAgent();
    child.stdout.pause();
    const status = await new Promise((resolve) => child.on("exit", resolve));
    child.stdout.resume();
    expect(status).toBe(0);
  });
});

describe("a channel", () => {
  test("that cannot be read or written ends the run with an error, and is not asked for ever", async () => {
    const header = {
      runId: "x",
      channels: ["/proc/self/mem"],
      deadlineMs: 0,
      atEnd: "exit",
    } as const;
    await writeFile(join(folder, "plan"), encodeLivePlan(header));
    const child = spawnAgent();
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    expect(await ended(child)).toBe(1);
    expect(said).toMatch(/the channel cannot be (read|written), errno 5[^]*end \(error\)/);
  });
});

describe("a terminal as the channel", () => {
  test("that is hung up ends the run with an error", async () => {
    const terminal = spawn("script", ["-qfc", "tty; exec cat", "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void terminal.kill("SIGKILL"));
    const shows = (what: RegExp) =>
      new Promise<string>((resolve) => {
        terminal.stdout.on("data", (chunk: Buffer) => {
          shown += chunk.toString();
          const found = what.exec(shown);
          if (found) resolve(found[0]);
        });
      });
    let shown = "";
    const path = await shows(/\/dev\/[\w/]+(?=\r)/);
    const greeting = shows(/"hello"/);
    const header = { runId: "x", channels: [path], deadlineMs: 0, atEnd: "exit" } as const;
    await writeFile(join(folder, "plan"), encodeLivePlan(header));
    const child = spawnAgent();
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const over = ended(child);
    await greeting;
    terminal.kill("SIGKILL");
    expect(await over).toBe(1);
    expect(said).toMatch(/the channel cannot be read, errno 5[^]*end \(error\)/);
  });
});

describe("a program", () => {
  test("whose descendants have left its group and keep its pipe is answered for at its end", async () => {
    const run = await runAgent([
      s.program("/bin/sh", ["-c", "setsid sleep 3 & echo said; exit 4"], { name: "leaves" }),
      s.program(
        "/bin/sh",
        ["-c", "(setsid sh -c 'while :; do echo y; done') & sleep 0.1; exit 5"],
        {
          name: "floods",
          limitBytes: 10,
        },
      ),
      s.program("/bin/sh", ["-c", "trap '' TERM; sleep 60 | sleep 60"], {
        name: "hangs",
        deadlineMs: 200,
      }),
    ]);
    expect(run.outcome("leaves")).toBe("exit 4");
    expect(run.observations).toContainEqual(
      expect.objectContaining({
        kind: "output",
        data: expect.objectContaining({ text: "said" }) as object,
      }),
    );
    expect(run.outcome("floods")).toBe("exit 5");
    expect(run.outcome("hangs")).toBe("timed out");
  });
});
