import { describe, expect, test } from "vitest";
import type { Observation } from "./decode-reply.js";
import { matchesForeign, parseForeignLine } from "./foreign.js";
import { describeResults, outcomeOf } from "./outcome.js";

function reply(kind: string, status: string, data: Record<string, unknown> = {}): Observation {
  return { seq: 1, stepId: 1, name: kind, kind, status, data, meta: {}, framed: true };
}

const failed = (kind: string): Observation => reply(kind, "errno", { errno: 2 });
const unanswered = (status: string): Observation => reply("syscall", status);

describe("outcomeOf", () => {
  test.each([
    [reply("syscall", "ok", { rc: 0 }), "ok"],
    [reply("syscall", "ok", { rc: 42 }), "= 42"],
    [reply("syscall", "ok", { rc: "9223372036854775807" }), "= 9223372036854775807"],
    [reply("syscall", "errno", { rc: -1, errno: 45 }), "ENOTSUP"],
    [reply("syscall", "signal", { signal: 12 }), "SIGSYS"],
    [reply("program", "exited", { exit: 1 }), "exit 1"],
    [reply("program", "errno", { errno: 2 }), "ENOENT"],
    [reply("syscall", "timed-out"), "timed out"],
    [
      reply("syscall", "gone", { reason: "there is no such process" }),
      "gone: there is no such process",
    ],
    [reply("sysctl", "ok", { value: "TWQDEBUG" }), "TWQDEBUG"],
    [reply("sysctl", "ok", { value: 1500000 }), "1500000"],
    [reply("sysctl-set", "ok", { before: 200, after: 50000 }), "200 → 50000"],
    [reply("sysctl-set", "ok", { before: "", after: "x" }), '"" → x'],
    [reply("sysctl-set", "errno", { errno: 1 }), "EPERM"],
    [reply("read-file", "ok", { content: "ttyS0\nmore" }), "ttyS0"],
    [reply("barrier", "ok", {}), "ok"],
    [reply("batch", "ok", { results: "0*3,e78" }), "ok ×3, ENOSYS"],
    [reply("time", "ok", { results: "e78*1000" }), "ENOSYS"],
  ])("of %j is %s on FreeBSD", (observation, text) => {
    expect(outcomeOf(observation, "freebsd").text).toBe(text);
  });

  test.each([
    ["answer", [reply("syscall", "errno", { errno: 2 }), reply("time", "ok", { results: "0*9" })]],
    [
      "answer",
      [reply("program", "exited", { exit: 3 }), reply("program", "signal", { signal: 11 })],
    ],
    ["error", ["program", "read-file", "sysctl", "write-file", "kill"].map(failed)],
    [
      "none",
      ["timed-out", "refused", "gone", "lost", "errno", "signal", "exited", "?"].map(unanswered),
    ],
    ["none", [reply("time", "ok"), reply("batch", "ok", { results: "" }), reply("syscall", "ok")]],
  ] as const)("is %s of what is known to be that", (is, observations) => {
    for (const one of observations)
      expect([one.status, outcomeOf(one, "linux").is]).toEqual([one.status, is]);
  });

  test("counts results whatever their order, with buffers and the rest of a timing", () => {
    expect(describeResults("0,e11,0,e11*2", "linux")).toBe("ok ×2, EAGAIN ×3");
    expect(describeResults("5/00ff,5/0000", "linux")).toBe("= 5");
    expect(describeResults("1*2,other*7", "linux")).toBe("= 1 ×2, other ×7");
    expect(describeResults("", "linux")).toBe("no results");
  });

  test("never lets a guest's control characters or long texts into a table", () => {
    expect(outcomeOf(reply("sysctl", "ok", { value: "a\x1b[2Jb" }), "linux").text).toBe("a·[2Jb");
    expect(outcomeOf(reply("sysctl", "ok", { value: "x".repeat(999) }), "linux").text).toHaveLength(
      60,
    );
  });
});

describe("a line of a user's own probe", () => {
  const known =
    '{"kind":"zig-probe","status":"syscall_error","data":{"syscall":468,"op":1,"arg3":0,"arg4":0,"rc":-1,"errno":45,"errno_name":"ENOTSUP"},"meta":{"component":"zig","binary":"twq-probe-stub"}}';
  const invalid =
    '{"kind":"zig-probe","status":"syscall_error","data":{"syscall":468,"op":9999,"arg3":0,"arg4":0,"rc":-1,"errno":22,"errno_name":"EINVAL"},"meta":{"component":"zig","binary":"twq-probe-stub"}}';

  test("is an observation, word for word as the seed has it, and is marked as unframed", () => {
    const seen = parseForeignLine(known, false);
    expect(seen).toEqual({
      seq: null,
      stepId: null,
      name: "zig-probe",
      ...(JSON.parse(known) as object),
      framed: false,
    });
    expect(outcomeOf(seen!, "freebsd").text).toBe("ENOTSUP");
    expect(outcomeOf(parseForeignLine(invalid, true)!, "freebsd").text).toBe("EINVAL");
  });

  test("is found behind a prefix and before a carriage return", () => {
    expect(parseForeignLine(`twq: ${invalid}\r`, false)?.data["op"]).toBe(9999);
  });

  test("is the one that a step means when every named field is equal", () => {
    const seen = parseForeignLine(known, false)!;
    expect(matchesForeign({ kind: "zig-probe", data: { op: 1 } }, seen)).toBe(true);
    expect(matchesForeign({ kind: "zig-probe", data: { op: 9999 } }, seen)).toBe(false);
    expect(matchesForeign({ kind: "zig-probe", data: { toString: null } }, seen)).toBe(false);
    expect(matchesForeign({ kind: "other" }, seen)).toBe(false);
  });

  test("is judged by its numbers when it gives no names", () => {
    const line = (data: object) =>
      parseForeignLine(JSON.stringify({ kind: "p", status: "done", data }), false)!;
    expect(outcomeOf(line({ errno: 78 }), "freebsd").text).toBe("ENOSYS");
    expect(outcomeOf(line({ signal: 12 }), "freebsd").text).toBe("SIGSYS");
    expect(outcomeOf(line({ rc: 3 }), "freebsd").text).toBe("= 3");
    expect(outcomeOf(line({}), "freebsd").text).toBe("done");
  });

  test("is nothing when it is no JSON object with a kind and a status", () => {
    for (const line of [
      "",
      "{",
      "{}",
      '{"kind":1,"status":"x"}',
      '{"a":1}',
      '"kind"',
      '{ "kind": }',
    ]) {
      expect(parseForeignLine(line, false)).toBeUndefined();
    }
  });
});
