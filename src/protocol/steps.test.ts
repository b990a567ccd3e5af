import { describe, expect, test } from "vitest";
import * as s from "./steps.js";

function codeOf(make: () => unknown): unknown {
  try {
    make();
    return undefined;
  } catch (thrown) {
    return (thrown as { code?: unknown }).code;
  }
}

describe("a builder refuses at once", () => {
  const one = s.syscall({ nr: 39 });
  test.each<[string, string, () => unknown]>([
    [
      "more than six arguments",
      "step-too-many-arguments",
      () => s.syscall({ nr: 1, args: [1, 2, 3, 4, 5, 6, 7] }),
    ],
    ["a bigint of 2^64", "step-number-out-of-range", () => s.syscall({ nr: 1, args: [2n ** 64n] })],
    [
      "a bigint below -2^63",
      "step-number-out-of-range",
      () => s.syscall({ nr: 1, args: [-(2n ** 63n) - 1n] }),
    ],
    [
      "a number that is not exact",
      "step-number-out-of-range",
      () => s.syscall({ nr: 1, args: [2 ** 53] }),
    ],
    ["a fraction", "step-number-out-of-range", () => s.syscall({ nr: 1.5 })],
    ["a negative number of a call", "step-number-out-of-range", () => s.syscall({ nr: -1 })],
    ["a buffer over the limit", "step-buffer-too-large", () => s.outBytes(65_537)],
    ["an empty buffer", "step-buffer-too-large", () => s.inBytes("")],
    [
      "bytes longer than their buffer",
      "step-buffer-too-large",
      () => s.inBytes("0011", { lengthBytes: 1 }),
    ],
    [
      "buffers that are too large together",
      "step-buffer-too-large",
      () => s.syscall({ nr: 1, args: [s.outBytes(40_000), s.outBytes(40_000)] }),
    ],
    ["half a byte", "step-bytes-invalid", () => s.inBytes("abc")],
    ...[new Uint8Array(8), "0011", {}, null].map(
      (bytes) =>
        [
          `${JSON.stringify(bytes)}, which is no buffer`,
          "step-bytes-invalid",
          () => s.syscall({ nr: 1, args: [bytes as unknown as number] }),
        ] as [string, string, () => unknown],
    ),
    [
      "a pointer outside of its buffer",
      "step-number-out-of-range",
      () => s.inBytes("", { lengthBytes: 8, pointers: [s.pointerAt(1, s.outBytes(4))] }),
    ],
    [
      "an address outside of its buffer",
      "step-number-out-of-range",
      () => s.addressOf(s.outBytes(4), 5),
    ],
    [
      "a mistyped option",
      "step-option-unknown",
      () => s.syscall({ nr: 39, expected: "ok" } as { nr: number }),
    ],
    [
      "an expectation of a call inside a batch",
      "step-option-unknown",
      () => s.call({ nr: 39, expect: "ok" } as { nr: number }),
    ],
    [
      "an expectation of a block",
      "step-option-unknown",
      () => s.process("a", [one], { expect: "ok" } as object),
    ],
    [
      "options in the place of a program's arguments",
      "step-bytes-invalid",
      () => s.program("/x", { expect: "exit 0" } as never),
    ],
    ["counters around nothing", "step-empty", () => s.counters("a.*", { steps: [] })],
    ["counters of nothing", "step-number-out-of-range", () => s.counters([])],
    [
      "a mistyped way to add up",
      "step-option-unknown",
      () => s.counters("a", { perCpu: "all" as never }),
    ],
    [
      "a mistyped option of counters",
      "step-option-unknown",
      () => s.counters("a", { expected: 1 } as never),
    ],
    [
      "a path of counters with a zero byte",
      "step-path-invalid",
      () => s.counters("/x\0y", { name: "x" }),
    ],
    [
      "counters of one branch of several",
      "step-misplaced",
      () => s.probe([s.parallel([s.process("a", [s.counters("a.*", { steps: [one] })])])]),
    ],
    [
      "counters of the whole probe inside a process",
      "step-misplaced",
      () => s.probe([s.process("a", [one, s.counters("a.*")])]),
    ],
    [
      "counters of the whole probe inside other counters",
      "step-misplaced",
      () => s.probe([s.counters("a.*", { steps: [one, s.counters("b.*")] })]),
    ],
    [
      "a mistyped field of a line",
      "step-option-unknown",
      () => s.foreign({ kind: "k", staus: "ok" } as never, { name: "x" }),
    ],
    [
      "a relation that is none",
      "formula-invalid",
      () => s.foreign({ kind: "k" }, { name: "x", where: [5] as never }),
    ],
    [
      "no relation at all",
      "formula-invalid",
      () => s.foreign({ kind: "k" }, { name: "x", where: null as never }),
    ],
    [
      "a thread inside a thread, around counters",
      "step-misplaced",
      () => s.probe([s.thread("a", [s.counters("a", { steps: [s.thread("b", [one])] })])]),
    ],
    ["a sysctl that is a path", "step-name-invalid", () => s.sysctl.set("/proc/sys/x", 1)],
    ["a fraction for a sysctl", "step-number-out-of-range", () => s.sysctl.set("a.b", 0.5)],
    ["a long text for a sysctl", "step-bytes-invalid", () => s.sysctl.set("a.b", "x".repeat(257))],
    ["an empty process", "step-empty", () => s.process("a", [])],
    ["a context with a slash", "step-context-invalid", () => s.process("a/b", [one])],
    ["a process called main", "step-context-invalid", () => s.process("main", [one])],
    ["a name with a newline", "step-name-invalid", () => s.syscall({ nr: 1, name: "a\nb" })],
    [
      "the same thread in two branches",
      "step-parallel-twice",
      () => s.parallel([s.thread("a", [one]), s.thread("a", [one])]),
    ],
    [
      "a process inside a process",
      "step-misplaced",
      () => s.probe([s.process("a", [s.process("b", [one])])]),
    ],
    ["exec in a thread", "step-misplaced", () => s.probe([s.thread("a", [s.exec()])])],
    ["a relative path", "step-path-invalid", () => s.readFile("etc/passwd")],
    ["a barrier beyond the last", "step-number-out-of-range", () => s.barrier(32, 2)],
    ["no deadline at all", "step-number-out-of-range", () => s.syscall({ nr: 1, deadlineMs: 0 })],
    ["a zero byte in an argument", "step-bytes-invalid", () => s.program("/bin/sh", ["a\0b"])],
    ["an unknown errno", "unknown-outcome-name", () => s.syscall({ nr: 1, expect: "EINVALID" })],
  ])("%s, as %s", (_, code, make) => {
    expect(codeOf(make)).toBe(code);
  });
});

describe("a builder accepts", () => {
  test("the whole range of a register", () => {
    const args = [2n ** 64n - 1n, -(2n ** 63n), Number.MAX_SAFE_INTEGER];
    expect(s.syscall({ nr: 1, args }).args).toEqual(args);
  });

  test("a step without a name and names it by what it does", () => {
    expect(s.syscall({ nr: 20, args: [1, s.outBytes(16), -1] }).name).toBe(
      "syscall 20(1, out[16], -1)",
    );
    expect(s.sysctl("kern.ident").name).toBe("kern.ident");
    expect(s.process("w", [s.exec()]).name).toBe("process w");
  });
});
