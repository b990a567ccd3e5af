import { Duplex, PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Machine, MachineEnd } from "../machine/machine.js";
import type { LaneHappening } from "./events.js";
import { observeMachine, type Watcher } from "./observe.js";
import { watchedPlan } from "../../test/watched-plan.js";

/** What a stand-in of ddb(4) says to a line that is typed; `undefined` is nothing any more. */
type Answers = (typed: string) => string | undefined;

interface Guest {
  readonly machine: Machine;
  readonly typed: string[];
  say(text: string): void;
  /** It waits for a key. */
  atPager: true | undefined;
}

/** A guest whose console is a debugger's: it echoes, answers, and waits again. */
function guestWith(answers: Answers, prompt = "db> "): Guest {
  const typed: string[] = [];
  let line = "";
  const console_ = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      for (const key of chunk.toString("latin1")) take(key);
      done();
    },
  });
  const take = (key: string): void => {
    if (key === "q" && line === "" && guest.atPager !== undefined) {
      typed.push("q");
      setTimeout(() => guest.say(`        \r${prompt}`), 1);
      guest.atPager = undefined;
      return;
    }
    if (key !== "\r") {
      line += key;
      console_.push(key);
      return;
    }
    typed.push(line);
    const answer = answers(line);
    line = "";
    console_.push("\r\n");
    if (answer !== undefined) console_.push(`${answer}${prompt}`);
  };
  const stopped: MachineEnd = { how: "stopped", detail: "ended by kernlane" };
  let settle: (end: MachineEnd) => void = () => undefined;
  const ended = new Promise<MachineEnd>((resolve) => (settle = resolve));
  const machine: Machine = {
    pid: 1,
    onProcess: () => undefined,
    ...{ console: console_, channel: new PassThrough(), ended },
    injectNmi: () => Promise.resolve(),
    pressPower: () => Promise.resolve(),
    stop: () => {
      settle(stopped);
      return ended;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const guest: Guest = {
    ...{ machine, typed, atPager: undefined },
    say: (text) => void console_.push(text),
  };
  return guest;
}

const ENTERED =
  "KDB: enter: sysctl debug.kdb.enter\r\n[ thread pid 480 tid 100067 ]\r\nStopped at      kdb_sysctl_enter+0x9c:  nop\r\ndb> ";

async function watch(
  guest: Guest,
  commands: readonly string[],
  text = ENTERED,
  more: Partial<Watcher> = {},
  plan: Omit<Parameters<typeof observeMachine>[1], "debugger"> = watchedPlan,
): Promise<readonly LaneHappening[]> {
  const seen: LaneHappening[] = [];
  const watched = observeMachine(
    guest.machine,
    { ...plan, debugger: commands },
    {
      emit: (happening) => seen.push(happening),
      console: () => undefined,
      line: () => undefined,
      signal: new AbortController().signal,
      ...more,
    },
  );
  watched.catch(() => undefined);
  guest.say(text);
  for (let second = 0; second < 120; second++) await vi.advanceTimersByTimeAsync(1_000);
  await watched;
  return seen;
}

/** A Linux guest whose probe hangs: what was done to it, and what was seen. */
async function hang(answer: (key: string) => string | undefined) {
  const did: string[] = [];
  const guest = guestWith(() => "");
  const console_ = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      const key = chunk.toString("latin1");
      did.push(key);
      const text = answer(key);
      if (text !== undefined) setTimeout(() => console_.push(text), 10);
      done();
    },
  });
  const machine: Machine = {
    ...guest.machine,
    console: console_,
    sendBreak: () => Promise.resolve(void did.push("break")),
    injectNmi: () => Promise.resolve(void did.push("interrupt")),
  };
  const plan = {
    ...watchedPlan,
    guest: "linux",
    budgets: { ...watchedPlan.budgets, bootMs: 1_000 },
  } as const;
  const events = await watch({ ...guest, machine, say: () => undefined }, [], "", {}, plan);
  return { did, events };
}

const answersIn = (seen: readonly LaneHappening[]) =>
  seen.flatMap((one) => (one.kind === "answer" ? [one] : []));

// The process's clock is one for all tests, and only goes forward.
beforeAll(() => {
  const toFake = [
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
    "clearImmediate",
    "performance",
  ] as const;
  vi.useFakeTimers({ toFake: [...toFake] });
});
afterAll(() => void vi.useRealTimers());

test("a debugger is asked one command after another, and its answers are told apart", async () => {
  const guest = guestWith((line) => (line.startsWith("set ") ? "" : `${line} says\r\n  more\r\n`));
  const seen = await watch(guest, ["bt", "show alllocks"]);
  expect(guest.typed).toEqual(["set $lines=0t4000", "bt", "show alllocks"]);
  expect(answersIn(seen)).toEqual([
    { kind: "answer", from: "ddb", question: "bt", lines: ["bt says", "  more"], ended: "prompt" },
    {
      kind: "answer",
      from: "ddb",
      question: "show alllocks",
      lines: ["show alllocks says", "  more"],
      ended: "prompt",
    },
  ]);
  expect(seen.at(-1)).toMatchObject({ kind: "machine-ended", end: { how: "stopped" } });
});

test("a prompt inside of an answer is not taken for one that waits", async () => {
  const guest = guestWith((line) => (line === "show msgbuf" ? "old\r\ndb> bt\r\nnew\r\n" : ""));
  const seen = await watch(guest, ["show msgbuf", "ps"]);
  expect(answersIn(seen).map(({ lines }) => lines)).toEqual([["old", "db> bt", "new"], []]);
});

test("what looks like a panic in an answer is none", async () => {
  const report = "panic: no\r\ncpuid = 0\r\ntime = 1\r\nKDB: stack backtrace:\r\n";
  const guest = guestWith((line) => (line === "show msgbuf" ? report : ""));
  const seen = await watch(guest, ["show msgbuf"]);
  expect(seen.filter(({ kind }) => kind === "report" || kind === "dying")).toHaveLength(2);
  expect(answersIn(seen)[0]?.lines).toContain("panic: no");
});

test("a fault of the debugger itself is a part of the answer, and the next command is asked", async () => {
  const fault =
    "Fatal trap 12: page fault while in kernel mode\r\ncpuid = 0\r\nKDB: reentering\r\n";
  const guest = guestWith((line) => (line === "bt" ? fault : "fine\r\n"));
  const seen = await watch(guest, ["bt", "ps"]);
  expect(answersIn(seen).map(({ ended }) => ended)).toEqual(["prompt", "prompt"]);
  expect(answersIn(seen)[0]?.lines).toContain("KDB: reentering");
});

test("a debugger that does not come back is given up, with what it said", async () => {
  const guest = guestWith((line) => (line.startsWith("set ") ? "" : undefined));
  const seen = await watch(guest, ["alltrace", "ps"]);
  expect(answersIn(seen)).toMatchObject([{ question: "alltrace", lines: [], ended: "silence" }]);
  expect(guest.typed).not.toContain("ps");
});

test("a debugger that prints without an end is given up", async () => {
  let chatter: ReturnType<typeof setInterval> | undefined;
  const guest = guestWith((line) => {
    if (line.startsWith("set ")) return "";
    chatter = setInterval(() => guest.say("again\r\n"), 100);
    return undefined;
  });
  const seen = await watch(guest, ["alltrace"]);
  clearInterval(chatter);
  expect(answersIn(seen)).toMatchObject([{ ended: "time" }]);
});

test("at the pager the rest of an answer is left", async () => {
  const guest = guestWith((line) => {
    if (line !== "alltrace") return "";
    guest.atPager = true;
    setTimeout(() => guest.say("a line\r\n--More--\r"), 10);
    return undefined;
  });
  const seen = await watch(guest, ["alltrace", "ps"]);
  expect(guest.typed.slice(1)).toEqual(["alltrace", "q", "ps"]);
  expect(answersIn(seen)).toMatchObject([
    { question: "alltrace", lines: ["a line"], ended: "size" },
    { question: "ps", ended: "prompt" },
  ]);
});

test("a hung Linux kernel is asked by sysrq, then interrupted", async () => {
  const seen = await hang((key) => {
    if (key === "9") return "[    9.0] sysrq: Changing Loglevel\r\n";
    if (key === "w") return "[    9.1] sysrq: Show Blocked State\r\n[    9.2] task:init\r\n";
    return key === "d" ? "[    9.3] sysrq: HELP : loglevel(0-9)\r\n" : undefined;
  });
  // One that does not answer any more is asked nothing else.
  expect(seen.did).toEqual(["break", "9", "break", "w", "break", "d", "break", "l", "interrupt"]);
  expect(answersIn(seen.events)).toMatchObject([
    {
      from: "sysrq",
      question: "w",
      lines: ["[    9.1] sysrq: Show Blocked State", "[    9.2] task:init"],
    },
  ]);
  expect(seen.events.at(-1)).toMatchObject({ kind: "machine-ended" });
});

test("a kernel that is dead costs one key", async () => {
  const seen = await hang(() => undefined);
  expect(seen.did).toEqual(["break", "9", "interrupt"]);
});

test("no command: nothing is typed, and the machine is ended", async () => {
  const guest = guestWith(() => "");
  const seen = await watch(guest, []);
  expect(guest.typed).toEqual([]);
  expect(seen.at(-1)).toMatchObject({ kind: "machine-ended" });
});

test("a program's text that looks like a prompt is none", async () => {
  const guest = guestWith(() => "");
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30_000);
  const seen = await watch(guest, ["bt"], "hello\r\ndb> ", { signal: stop.signal });
  expect(guest.typed).toEqual([]);
  expect(seen.some(({ kind }) => kind === "mark" || kind === "answer")).toBe(false);
  expect(seen).toContainEqual({ kind: "interrupted" });
});

test("the scene is kept behind the answers and before the end, and its failure ends the machine", async () => {
  const order: string[] = [];
  const guest = guestWith(() => "");
  const seen = watch(guest, ["bt"], ENTERED, {
    emit: ({ kind }) => order.push(kind),
    scene: () => {
      order.push("the scene");
      return Promise.reject(new Error("no room"));
    },
  });
  await expect(seen).rejects.toThrow("no room");
  expect(order.indexOf("the scene")).toBeGreaterThan(order.indexOf("answer"));
});

test("a debugger that writes the dump is waited for as long as it writes", async () => {
  let isWriting = false;
  const guest = guestWith((typed) => {
    if (typed !== "dump") return "";
    isWriting = true;
    setTimeout(() => {
      isWriting = false;
      guest.say("Dump complete\r\ndb> ");
    }, 50_000);
    return undefined;
  });
  const seen = await watch(guest, ["dump"], ENTERED, { dumpGoesOn: () => isWriting });
  expect(answersIn(seen)).toMatchObject([
    { question: "dump", lines: ["Dump complete"], ended: "prompt" },
  ]);
});

test("a kernel that dumps by itself is not taken for silent", async () => {
  const guest = guestWith(() => undefined);
  let isWriting = true;
  setTimeout(() => {
    isWriting = false;
    guest.say("..100%\r\nDump complete\r\n");
  }, 60_000);
  const lines: string[] = [];
  const text = "panic: x\r\ncpuid = 0\r\nUptime: 1s\r\nDumping 77 out of 477 MB:";
  await watch(guest, [], text, {
    dumpGoesOn: () => isWriting,
    line: (line) => void lines.push(line),
  });
  expect(lines).toContain("Dump complete");
});

test("a guest that has reset silently is kept as one that has died, and then ended", async () => {
  const guest = guestWith(() => "");
  const held = Promise.resolve();
  const acts: string[] = [];
  const machine: Machine = {
    ...guest.machine,
    held,
    stop: () => {
      acts.push("stopped");
      return guest.machine.stop();
    },
  };
  const scene = (): Promise<void> => Promise.resolve(void acts.push("kept"));
  const seen = await watch({ ...guest, machine }, [], "", { scene });
  expect(acts).toEqual(["kept", "stopped"]);
  expect(seen.some(({ kind }) => kind === "deadline")).toBe(false);
});

test("a command behind one that takes too long is asked when the debugger is back", async () => {
  const guest = guestWith((typed) => {
    if (typed !== "alltrace") return typed === "dump" ? "Dump complete\r\n" : "";
    for (let second = 1; second < 95; second += 1)
      setTimeout(() => guest.say(`frame ${second}\r\n`), second * 1000);
    setTimeout(() => guest.say("db> "), 95_000);
    return undefined;
  });
  const seen = await watch(guest, ["alltrace", "dump"]);
  expect(answersIn(seen)).toMatchObject([
    { question: "alltrace", ended: "time" },
    { question: "dump", lines: ["Dump complete"], ended: "prompt" },
  ]);
  expect(answersIn(seen)[0]!.lines.length).toBeLessThan(65);
});

test("and not asked where the debugger does not come back", async () => {
  const guest = guestWith((typed) => {
    if (typed !== "alltrace") return "";
    for (let second = 1; second < 70; second += 1)
      setTimeout(() => guest.say(`frame ${second}\r\n`), second * 1000);
    return undefined;
  });
  const seen = await watch(guest, ["alltrace", "dump"]);
  expect(answersIn(seen)).toMatchObject([{ question: "alltrace", ended: "time" }]);
  expect(guest.typed).not.toContain("dump");
});
