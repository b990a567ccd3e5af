/**
 * Rows of lines that a program of the user's own printed.
 */
import { describe, expect, test } from "vitest";
import { foreign, program, syscall, type ForeignOptions } from "../protocol/steps.js";
import { judgedRun, ownLine, reply } from "../../test/run-events.js";
import type { LaneHappening } from "./events.js";

const getpid = syscall({ name: "getpid()", nr: 39, expect: /^= \d+$/ });
const pid = reply(1, "syscall", "ok", { rc: 7 });

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
