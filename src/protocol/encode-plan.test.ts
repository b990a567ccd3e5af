import { describe, expect, test } from "vitest";
import { encodeLivePlan, encodePlan } from "./encode-plan.js";
import { encodeRequest, splitRequest } from "./encode-request.js";
import * as s from "./steps.js";

const header = {
  runId: "r1",
  transport: "oneshot",
  channels: ["/dev/ttyS1", "console"],
  deadlineMs: 60_000,
  atEnd: "power-off",
} as const;

function linesOf(steps: readonly s.Step[]): readonly string[] {
  const { text } = encodePlan(s.probe(steps), header);
  return text.split("begin\n")[1]!.split("\n").slice(0, -2);
}

const pid = (name: string) => s.syscall({ name, nr: 39 });

describe("encodePlan", () => {
  test("writes the header, the steps in order, and what each number means", () => {
    const plan = encodePlan(s.probe([pid("a"), pid("a")]), { ...header, console: "/dev/ttyu0" });
    expect(plan.text).toBe(
      "kernlane-plan 1\nrun-id r1\ntransport oneshot\nchannel /dev/ttyS1\nchannel console\n" +
        "console /dev/ttyu0\ndeadline 60000\nat-end power-off\nbegin\n" +
        "1 main - 10000 a syscall 39\n2 main 1 10000 a syscall 39\nend\n",
    );
    expect(plan.steps.map(({ id, name }) => [id, name])).toEqual([
      [1, "a"],
      [2, "a #2"],
    ]);
  });

  test("a step that is called as the first row of a run's table gets a name of its own", () => {
    const { steps } = encodePlan(s.probe([pid("booted"), pid("booted")]), header);
    expect(steps.map(({ name }) => name)).toEqual(["booted #2", "booted #3"]);
  });

  test("reads counters before and after what they hold, and puts a sysctl back at the end of its block", () => {
    const counted = s.counters(["kern.twq.*", "/proc/x"], {
      deadlineMs: 500,
      steps: [s.process("p", [s.sysctl.set("a.b", 5, { name: "set" }), s.exit()])],
    });
    expect(linesOf([pid("a"), counted, pid("b")])).toEqual([
      "1 main - 10000 a syscall 39",
      "2 main 1 500 kern.twq.*%20before sysctl-tree kern.twq",
      "3 main 2 500 /proc/x%20before read-file 1048576 /proc/x",
      "4 main 3 10000 - spawn p",
      "5 p 4 10000 set sysctl-set 0 a.b 5",
      "6 p 5 10000 exit%200 exit 0",
      "7 main 6 10000 restore%20a.b sysctl-restore 0",
      "8 main 7 500 kern.twq.*%20after sysctl-tree kern.twq",
      "9 main 8 500 /proc/x%20after read-file 1048576 /proc/x",
      "11 main 9 10000 b syscall 39",
    ]);
    const sources = Array.from({ length: 16 }, (_, at) => `kern.something.${at}.*`);
    expect(s.counters(sources).name).toBe("counters kern.something.0.*… (16)");
  });

  test("refuses more sysctls than the agent can put back", () => {
    const sets = (count: number) => Array.from({ length: count }, () => s.sysctl.set("a.b", 1));
    expect(linesOf(sets(32))).toHaveLength(64);
    expect(() => linesOf(sets(33))).toThrow(/number of sysctls that are set/);
  });

  test("flattens blocks into contexts and an order, and goes on when all branches are over", () => {
    const lines = linesOf([
      s.process("p", [
        pid("one"),
        s.parallel([s.thread("a", [pid("x"), s.exit()]), s.thread("b", [pid("y")])]),
        pid("two"),
      ]),
      pid("three"),
    ]);
    expect(lines).toEqual([
      "1 main - 10000 - spawn p",
      "2 p 1 10000 one syscall 39",
      "3 p 2 10000 - thread a",
      "4 p/a 3 10000 x syscall 39",
      "5 p/a 4 10000 exit%200 exit 0",
      "6 p 2 10000 - thread b",
      "7 p/b 6 10000 y syscall 39",
      "8 p 5,7 10000 two syscall 39",
      "9 main 8 10000 three syscall 39",
    ]);
  });

  test("makes a process once, and again after it ended", () => {
    const spawns = linesOf([
      s.process("p", [pid("a")]),
      s.process("p", [pid("b"), s.exit(3)]),
      s.process("p", [pid("c")]),
      s.kill("p"),
      s.process("p", [pid("d")]),
    ]).filter((line) => line.includes("spawn"));
    expect(spawns).toHaveLength(3);
  });

  test("makes a thread again after its process executed", () => {
    const lines = linesOf([
      s.process("p", [s.thread("t", [pid("a")]), s.exec(), s.thread("t", [pid("b")])]),
    ]);
    expect(lines.filter((line) => line.includes("- thread t"))).toHaveLength(2);
  });

  test("numbers a foreign line as a row of its own and sends nothing for it", () => {
    const match = { kind: "zig-probe", data: { op: 1 } };
    const foreign = s.foreign(match, { name: "twq(INIT)", expect: "ENOTSUP" });
    const plan = encodePlan(s.probe([s.program("/probe"), foreign, pid("last")]), header);
    expect(plan.steps[1]).toMatchObject({ id: 2, kind: "foreign", match, name: "twq(INIT)" });
    expect(plan.text).toContain("\n3 main 1 10000 last syscall 39\n");
    expect(plan.text).not.toContain("zig-probe");
  });

  test("places buffers, addresses, pointers and earlier results", () => {
    const text = s.inBytes("68 69 0a");
    const iovec = s.inBytes("", { lengthBytes: 16, pointers: [s.pointerAt(0, text, 1)] });
    const lines = linesOf([
      s.syscall({ name: "open", nr: 2, args: [s.inBytes("2f00")] }),
      s.syscall({
        name: "v",
        nr: 20,
        args: [s.resultOf("open"), iovec, s.addressOf(text, 2), -1, 2n ** 64n - 1n],
      }),
    ]);
    expect(lines[1]).toBe(
      "2 main 1 10000 v syscall 20 $1 &0 &1+2 -1 0xffffffffffffffff in:16: in:3:68690a at:0:0:1:1",
    );
  });

  test("refuses a result that no step of the context has", () => {
    const uses = s.syscall({ nr: 3, args: [s.resultOf("open")] });
    const opens = s.syscall({ name: "open", nr: 2 });
    expect(() => linesOf([opens, s.process("p", [uses])])).toThrow(/no syscall step "open"/);
    expect(() => linesOf([s.process("p", [opens, s.exec(), uses])])).toThrow(/no syscall step/);
    expect(() => linesOf([opens, uses])).not.toThrow();
  });

  test("refuses steps that are longer together than the agent reads", () => {
    const large = s.syscall({ nr: 1, args: [s.inBytes(Buffer.alloc(65_536, 1))] });
    const plan = (count: number) =>
      encodePlan(s.probe(Array.from({ length: count }, () => large)), header);
    expect(() => plan(63)).not.toThrow();
    expect(() => plan(64)).toThrow(/fewer than 8388608/);
  });

  test("refuses a header that the agent could not read", () => {
    const steps = s.probe([pid("a")]);
    expect(() => encodePlan(steps, { ...header, runId: "a b" })).toThrow(/plan/);
    expect(() => encodePlan(steps, { ...header, channels: [] })).toThrow(/plan/);
  });

  test("of a live guest has no steps", () => {
    expect(encodeLivePlan(header)).toMatch(/transport live\n[^]*begin\nend\n$/);
  });
});

describe("encodeRequest", () => {
  test("counts equal calls of a batch, but never those whose buffers come back", () => {
    const out = s.outBytes(4);
    const calls = [
      s.call({ nr: 1, repeat: 5 }),
      s.call({ nr: 1 }),
      s.meet(1, 2),
      s.call({ nr: 1 }),
    ];
    expect(encodeRequest(s.batch(calls, { name: "b" }))).toBe(
      "main - 10000 b batch 1 x6 ; meet 1 2 ; 1",
    );
    const reads = [s.call({ nr: 0, args: [0, out] }), s.call({ nr: 0, args: [0, out] })];
    expect(encodeRequest(s.batch(reads, { name: "b" }))).toMatch(
      /0 0x0 &0 out:4 ; 0 0x0 &0 out:4$/,
    );
  });

  test("makes one word of any text", () => {
    const line = encodeRequest(s.program("/bin/sh", ["", "a b%\u00e9"], { env: { A: "x\ny" } }), {
      quiet: true,
    });
    expect(line).toBe("main - 10000 - program 262144 a:/bin/sh a:%- a:a%20b%25%c3%a9 e:A=x%0ay");
  });

  test("names context and order of a live request", () => {
    const place = { context: "p/t", after: [3, 9], quiet: true };
    expect(encodeRequest(s.exit(4), place)).toBe("p/t 3,9 10000 - exit 4");
    expect(encodeRequest({ kind: "spawn", process: "p" })).toBe("main - 10000 - spawn p");
  });

  test("splits into pieces that make it up again", () => {
    const request = encodeRequest(
      s.batch(Array.from({ length: 300 }, (_, at) => s.call({ nr: at }))),
    );
    const pieces = splitRequest(request, 100);
    expect(pieces.every(({ length }) => length <= 100)).toBe(true);
    expect(pieces.slice(0, -1).map((piece) => piece[0])).toEqual(pieces.slice(1).map(() => "+"));
    expect(pieces.map((piece) => piece.replace(/^\+/, "")).join("")).toBe(request);
    expect(splitRequest("short", 100)).toEqual(["short"]);
  });
});
