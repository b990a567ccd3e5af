/**
 * A green is earned: every way in which a run could pass without having tested anything.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  barrier,
  batch,
  call,
  exec,
  exit,
  foreign,
  join,
  kill,
  marker,
  process,
  program,
  readFile,
  repeat,
  sleep,
  syscall,
  sysctl,
  thread,
  time,
  writeFile,
  type ForeignOptions,
  type Step,
  type StepOptions,
} from "../protocol/steps.js";
import { judgedRun, ownLine, reply } from "../../test/run-events.js";
import type { LaneHappening } from "./events.js";

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= \d+$/ });
const pid = reply(1, "syscall", "ok", { rc: 7 });

describe("a program", () => {
  const after = (options: StepOptions, status: string, data = {}) =>
    judgedRun([program("/bin/probe", [], options)], [reply(1, "program", status, data)]);

  test("has to exit with 0 unless its author says otherwise", () => {
    expect(after({}, "exited", { exit: 0 })).toMatchObject({
      verdict: "passed",
      title: "1 as expected",
    });
    expect(after({ expect: "exit 3" }, "exited", { exit: 3 }).verdict).toBe("passed");
    expect(after({ expect: { "*": "exit 3" } }, "exited", { exit: 3 }).verdict).toBe("passed");
  });

  test.each([
    ["is missing", "errno", { errno: 2 }, "ENOENT"],
    ["may not be executed", "errno", { errno: 13 }, "EACCES"],
    ["is for another machine", "errno", { errno: 8 }, "ENOEXEC"],
    ["exits with 3", "exited", { exit: 3 }, "exit 3"],
    ["is killed", "signal", { signal: 11 }, "SIGSEGV"],
    ["times out", "timed-out", {}, "timed out"],
    ["was refused", "refused", { reason: "x" }, "refused: x"],
    ["answers nothing that is known", "ok?", {}, "ok?"],
  ])("that %s is not as expected", (_, status, data, seen) => {
    expect(after({}, status, data)).toMatchObject({
      verdict: "failed",
      evidence: [expect.stringContaining(`expected exit 0, saw ${seen}`) as string],
    });
  });

  test("that could not be started meets no pattern, and its errno only where that is named", () => {
    const missing = [reply(1, "program", "errno", { errno: 2 })];
    for (const wanted of [/./, /^E/, "ok", "exit 0", 0]) {
      expect(judgedRun([program("/x", [], { expect: wanted })], missing).verdict).toBe("failed");
    }
    expect(judgedRun([program("/x", [], { expect: "ENOENT" })], missing).verdict).toBe("passed");
  });
});

/** Each kind of step, with what its reply is called and the expectation that it would have by its nature. */
const kinds: readonly (readonly [string, (options: StepOptions) => readonly Step[], number])[] = [
  ["syscall", (options) => [syscall({ nr: 39, ...options })], 1],
  ["batch", (options) => [batch([call({ nr: 39 })], options)], 1],
  ["batch", (options) => [repeat({ nr: 39, count: 5, ...options })], 1],
  ["time", (options) => [time({ nr: 39, count: 5, ...options })], 1],
  ["sysctl", (options) => [sysctl("kern.ident", options)], 1],
  ["read-file", (options) => [readFile("/proc/version", options)], 1],
  ["write-file", (options) => [writeFile("/tmp/x", "y", options)], 1],
  ["program", (options) => [program("/bin/probe", [], options)], 1],
  ["barrier", (options) => [barrier(0, 1, options)], 1],
  ["exec", (options) => [exec(options)], 1],
  ["exit", (options) => [process("p", [exit(0, options)])], 2],
  ["join", (options) => [join("t", options)], 1],
  ["kill", (options) => [kill("p", 9, options)], 1],
  ["sleep", (options) => [sleep(1, options)], 1],
  ["marker", (options) => [marker("here", options)], 1],
  ["syscall", (options) => [process("p", [thread("t", [syscall({ nr: 39, ...options })])])], 3],
];

describe.each(kinds)("a step that is answered as %s", (kind, steps, id) => {
  const ways = [
    ["timed-out", {}],
    ["refused", { reason: "ok" }],
    ["gone", { reason: "ok" }],
    ["lost", { reason: "ok" }],
    ["ok!", {}],
  ] as const;
  const before = [1, 2].filter((one) => one < id).map((one) => reply(one, "process", "ok"));

  test.each(ways)("and was %s is not as expected, whatever is expected", (status, data) => {
    const answer = reply(id, kind, status, data);
    const wanted = [/.*/, /ok/, "ok", 0, "timed out", "refused: ok", "gone: ok", "ENOENT"] as const;
    for (const one of [...wanted.map((expectation) => ({ expect: expectation })), {}]) {
      const { verdict, rows } = judgedRun(steps(one), [...before, answer]);
      expect([verdict, rows.at(-1)!.result]).toEqual(["failed", "unmet"]);
    }
  });

  test("and was answered by nothing makes the run incomplete", () => {
    const { verdict, rows } = judgedRun(steps({ expect: /.*/ }), before);
    expect([verdict, rows.at(-1)]).toMatchObject([
      "incomplete",
      { seen: "no reply", result: "unmet" },
    ]);
  });
});

test.each([
  ["read-file", (options: StepOptions) => readFile("/nowhere", options)],
  ["sysctl", (options: StepOptions) => sysctl("kern.nothing", options)],
  ["write-file", (options: StepOptions) => writeFile("/nowhere", "x", options)],
])("a %s that failed meets no pattern, and its errno where that is named", (kind, step) => {
  const failed = [reply(1, kind, "errno", { errno: 2 })];
  expect(judgedRun([step({ expect: /./ })], failed).verdict).toBe("failed");
  expect(judgedRun([step({ expect: ["EACCES", "ENOENT"] })], failed).verdict).toBe("passed");
});

test("a file that is read for the table shows its errno, and one that was to be written has to be written", () => {
  const failed = (kind: string) => [pid, reply(2, kind, "errno", { errno: 2 })];
  expect(judgedRun([getpid, readFile("/nowhere")], failed("read-file"))).toMatchObject({
    verdict: "passed",
    title: "1 as expected, 1 shown",
  });
  expect(judgedRun([getpid, writeFile("/nowhere", "x")], failed("write-file"))).toMatchObject({
    verdict: "failed",
    evidence: ["write /nowhere: expected to be carried out, saw ENOENT"],
  });
});

test("steps without an expectation are counted apart, and alone they test nothing", () => {
  const shown = syscall({ name: "getppid()", nr: 110 });
  const parent = (id: number) => reply(id, "syscall", "ok", { rc: 1 });
  expect(
    judgedRun([getpid, shown, sleep(1)], [pid, parent(2), reply(3, "sleep", "ok")]),
  ).toMatchObject({
    verdict: "passed",
    title: "1 as expected, 2 shown",
  });
  expect(judgedRun([shown], [parent(1)])).toMatchObject({
    verdict: "incomplete",
    title: "nothing was tested: 1 shown, and no step expects anything of TWQDEBUG",
  });
});

test("a lane without a step tests nothing", () => {
  expect(judgedRun([], [])).toMatchObject({
    verdict: "incomplete",
    title: "nothing was tested: the lane has no steps",
  });
});

test("a kernel of which only others' columns expect something is not tested", () => {
  const forStock = syscall({ name: "x", nr: 468, expect: { stock: "ENOSYS" } });
  const answers = [reply(1, "syscall", "errno", { errno: 38 })];
  expect(judgedRun([forStock], answers)).toMatchObject({
    verdict: "incomplete",
    rows: [{ seen: "ENOSYS", expected: "", result: "shown" }],
  });
  expect(judgedRun([forStock], answers, { kernel: "stock" }).verdict).toBe("passed");
});

describe("a row of a program of the user's own", () => {
  const init = (options: Partial<ForeignOptions> = {}) =>
    foreign({ kind: "zig-probe", data: { op: 1 } }, { name: "INIT", ...options });
  const said = (errno: number) => ownLine("zig-probe", "syscall_error", { op: 1, errno });

  test("is met by its line", () => {
    expect(judgedRun([init({ expect: "ENOTSUP" })], [said(95)]).verdict).toBe("passed");
  });

  test("says of a line that is nearly the one that is meant what is otherwise in it", () => {
    const step = foreign(
      { kind: "zig-probe", status: "ok", data: { syscall: 468, op: 1 } },
      { name: "INIT", expect: "ok" },
    );
    const rows = (lines: readonly LaneHappening[]) => judgedRun([step], lines).rows[0]!;
    expect(rows([ownLine("zig-probe", "ok", { op: 1 })])).toMatchObject({
      seen: "no such line; one of kind zig-probe has data.syscall missing",
      result: "unmet",
    });
    const two = [
      ownLine("zig-probe", "error", { syscall: "468" }),
      ownLine("zig-probe", "error", { syscall: 468, op: 2 }),
    ];
    expect(rows(two).seen).toBe(
      'no such line; one of kind zig-probe has status "error", not "ok", data.op 2, not 1',
    );
    expect(rows([ownLine("other", "ok", { syscall: 468, op: 1 })]).seen).toBe("no such line");
  });

  test("fails when the line never comes, also where nothing is expected of it", () => {
    for (const options of [{ expect: /.*/ }, { expect: "no such line" }, {}]) {
      const { verdict, rows } = judgedRun([getpid, init(options)], [pid]);
      expect([verdict, rows[1]]).toMatchObject([
        "failed",
        { seen: "no such line", result: "unmet" },
      ]);
    }
  });

  test("is only looked at where other columns expect it", () => {
    const steps = [getpid, init({ expect: { other: "ENOTSUP" } })];
    expect(judgedRun(steps, [pid])).toMatchObject({ title: "1 as expected, 1 shown" });
  });

  test("has to be as expected each time that it comes", () => {
    const step = init({ expect: "ENOTSUP" });
    expect(judgedRun([step], [said(95), said(95)]).verdict).toBe("passed");
    expect(judgedRun([step], [said(95), said(22)])).toMatchObject({
      verdict: "failed",
      evidence: ["INIT: expected ENOTSUP, saw ENOTSUP, EINVAL"],
    });
  });

  test("is not the last, nor all, where a program's output was cut", () => {
    const printed = reply(1, "program", "exited", { exit: 0, bytes: 9, dropped: 70 });
    const row = (options: Partial<ForeignOptions>, lines = [said(95)]) =>
      judgedRun([program("/p", [], { name: "p" }), init(options)], [...lines, printed]).rows[1];
    const seen = 'ENOTSUP; 70 bytes of "p" were not passed on, raise its limitBytes';
    for (const options of [{ expect: "ENOTSUP" }, { take: "last" }, {}] as const) {
      expect(row(options)).toMatchObject({ seen, result: "unmet" });
    }
    expect(row({ expect: "ENOTSUP", take: "first" })).toMatchObject({
      seen: "ENOTSUP",
      result: "met",
    });
    expect(row({ take: "first" }, [])?.seen).toMatch(/^no such line; 70 bytes of "p"/);
  });

  test("may mean the first, the last or all of its lines", () => {
    const lines = [said(95), said(22), said(22), said(95), said(38)];
    const row = (options: Partial<ForeignOptions>) => judgedRun([init(options)], lines).rows[0];
    expect(row({ expect: "ENOTSUP", take: "first" })).toMatchObject({
      seen: "ENOTSUP",
      result: "met",
    });
    expect(row({ expect: "ENOSYS", take: "last" })).toMatchObject({
      seen: "ENOSYS",
      result: "met",
    });
    expect(row({ expect: ["ENOTSUP", "EINVAL"], take: "all" })).toMatchObject({
      seen: "ENOTSUP ×2, EINVAL ×2, ENOSYS",
      result: "unmet",
    });
    expect(row({ expect: /^E/ })?.result).toBe("met");
    expect(() => init({ take: "lats" as never })).toThrow(
      /found take "lats", expected first, last/,
    );
  });

  describe("whose fields have to be in a relation", () => {
    const state = (settled: unknown, floor: unknown, rest: object = {}) =>
      ownLine("zig-probe", "ok", { op: 1, settled_total: settled, warm_floor: floor, ...rest });
    const row = (
      lines: readonly LaneHappening[],
      options: Partial<ForeignOptions> = {},
      kernel = "TWQDEBUG",
    ) =>
      judgedRun([init({ where: "settled_total == warm_floor", ...options })], lines, { kernel })
        .rows[0];

    test("is met by a line in which it holds, and says the numbers of one in which it does not", () => {
      expect(row([state(4, 4)])).toEqual({
        ...{ step: "INIT", seen: "ok", expected: "settled_total == warm_floor", result: "met" },
      });
      expect(row([state(5, 4)], { expect: "ok" })).toEqual({
        step: "INIT",
        seen: "ok; not settled_total == warm_floor: 5 and 4",
        expected: "ok and settled_total == warm_floor",
        result: "unmet",
      });
    });

    test("is met by none of several where one breaks it, and by the last where that is meant", () => {
      const lines = [state(5, 4), state(4, 4)];
      expect(row(lines)).toMatchObject({
        seen: "ok ×2; not settled_total == warm_floor in 1 of 2 lines: 5 and 4",
        result: "unmet",
      });
      expect(row(lines, { take: "last" })).toMatchObject({ seen: "ok", result: "met" });
      expect(row([], { take: "last" })).toMatchObject({ seen: "no such line", result: "unmet" });
    });

    test.each([
      ["settled_totl == 4", "no field settled_totl; did you mean settled_total?"],
      ["settled_total == name", 'name is no number: "x"'],
      ["value(settled_total) == 4", "value(settled_total) is no field"],
      ["list[2] == 1", "no field list[2]"],
      ["nothing == 0", "nothing is no number: null"],
      ["big == big", 'big is beyond 2^53: print it as a text, "big": "18446744073709551615"'],
    ])("is not met by %s", (where, why) => {
      const line = state(4, 4, { name: "x", list: [1, 2], big: 2 ** 53, nothing: null });
      expect(row([line], { where })).toMatchObject({
        seen: `ok; not ${where}: ${why}`,
        result: "unmet",
      });
    });

    test("has numbers of any kind, and fields in fields", () => {
      const line = state("9007199254740993", 1.5, { list: [1, 2], stats: { high: 7 } });
      const where = [
        "settled_total > 9007199254740992",
        "warm_floor * 2 == 3",
        "stats.high == list[1] + 5",
      ];
      expect(row([line], { where })?.result).toBe("met");
    });

    test("is asked for in the columns that name it, or of which something is expected", () => {
      const broken = [state(5, 4)];
      const expected = { expect: { TWQDEBUG: "ok" } };
      expect(row(broken, expected)?.result).toBe("unmet");
      expect(row(broken, expected, "stock")?.result).toBe("shown");
      const where = { where: { TWQDEBUG: "settled_total == warm_floor" } };
      expect(row(broken, where)?.result).toBe("unmet");
      expect(row(broken, where, "stock")?.result).toBe("shown");
      expect(row([], where, "stock")?.result).toBe("shown");
    });

    test.each(["== 4", "settled_total", "4 == 4", "a = = b", ""])("refuses %j", (where) => {
      expect(() => init({ where })).toThrow(
        expect.objectContaining({
          code: "formula-invalid",
          message: expect.stringMatching(/^INIT: where: found/) as string,
        }) as Error,
      );
    });
  });

  test("that tells of a signal and not of which has no outcome", () => {
    for (const data of [{ op: 1 }, { op: 1, signal: 0 }, { op: 1, signal: null }]) {
      const line = ownLine("zig-probe", "signal", data);
      expect(judgedRun([init({ expect: /./ })], [line]).rows[0]).toMatchObject({
        seen: "a signal without its number",
        result: "unmet",
      });
    }
    const named = ownLine("zig-probe", "signal", { op: 1, signal_name: "SIGSYS" });
    expect(judgedRun([init({ expect: "SIGSYS" })], [named]).verdict).toBe("passed");
  });

  test("is no reply of the agent's", () => {
    const step = foreign({ kind: "syscall" }, { name: "own", expect: "ok" });
    expect(judgedRun([getpid, step], [pid]).rows[1]!.result).toBe("unmet");
  });

  test("that says that it timed out meets nothing", () => {
    const late = ownLine("zig-probe", "timed-out", { op: 1 });
    expect(judgedRun([init({ expect: "timed out" })], [late]).verdict).toBe("failed");
  });
});

test("a run passes only with an expectation that was met, and with every one of them", () => {
  const statuses = ["ok", "errno", "signal", "exited", "timed-out", "refused", "gone", "lost", ""];
  const expectation = fc.constantFrom(undefined, "ok", "ENOENT", /.*/, { stock: 0 }, { "*": 0 });
  const kind = fc.constantFrom(...kinds.filter(([, , id]) => id === 1));
  const data = { rc: 0, errno: 2, signal: 11, exit: 0, results: "0*5", value: "ok", content: "ok" };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kind, expectation, fc.constantFrom(...statuses)), { maxLength: 5 }),
      (chosen) => {
        const steps = chosen.flatMap(([[, build], wanted]) =>
          build(wanted === undefined ? {} : { expect: wanted }),
        );
        const answers = chosen.map(([[name], , status], index) =>
          reply(index + 1, name, status, data),
        );
        const { verdict, rows } = judgedRun(steps, answers);
        if (verdict !== "passed") return;
        expect(rows.some(({ result }) => result === "met")).toBe(true);
        expect(rows.every(({ result }) => result !== "unmet")).toBe(true);
        const isDone = (status: string): boolean =>
          ["ok", "errno", "signal", "exited"].includes(status);
        rows.forEach(({ result }, index) => {
          if (result === "met") expect(isDone(chosen[index]![2])).toBe(true);
        });
      },
    ),
  );
});
