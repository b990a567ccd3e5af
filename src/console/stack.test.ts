import { describe, expect, test } from "vitest";
import { freebsdReporters, linuxReporters } from "./reporters.js";
import { guiltyFunction, parseFrame, type Frame } from "./stack.js";

describe("frames of a backtrace", () => {
  test.each<[string, Frame]>([
    [
      "#3 0xffffffff80c6b9a1 at vpanic+0x151",
      { function: "vpanic", offsetBytes: 0x151, reliable: true },
    ],
    ["#2 0xffffffff80c6b9a1 in foo+0x10", { function: "foo", offsetBytes: 0x10, reliable: true }],
    [
      " #0 witness_checkorder+0xc95",
      { function: "witness_checkorder", offsetBytes: 0xc95, reliable: true },
    ],
    [
      "panic() at panic+0x43/frame 0xfffffe0001190ba0",
      { function: "panic", offsetBytes: 0x43, reliable: true },
    ],
    [
      "vpanic() at 0xffffffff8051cc6f = vpanic+0x17f/frame 0xfffffe0001190b40",
      { function: "vpanic", offsetBytes: 0x17f, reliable: true },
    ],
    [
      "kdb_backtrace() at kdb_backtrace+0x38",
      { function: "kdb_backtrace", offsetBytes: 0x38, reliable: true },
    ],
    [
      "Stopped at      twq_enter+0x24:  movl    (%rax),%eax",
      { function: "twq_enter", offsetBytes: 0x24, reliable: true },
    ],
    [" vfs_write+0xc7/0x3f0", { function: "vfs_write", offsetBytes: 0xc7, reliable: true }],
    [" ? do_idle.isra.0+0x1f/0x2a", { function: "do_idle", offsetBytes: 0x1f, reliable: false }],
    [
      " twq_open+0x2d/0x60 [twq]",
      { function: "twq_open", offsetBytes: 0x2d, module: "twq", reliable: true },
    ],
    [
      "RIP: 0010:twq_spin.part.0.cold+0xa/0x20",
      { function: "twq_spin.part.0", offsetBytes: 0xa, reliable: true },
    ],
    [
      "pc : twq_kernreturn+0x24/0x60",
      { function: "twq_kernreturn", offsetBytes: 0x24, reliable: true },
    ],
    [
      " twq_kernreturn+0x24/0x60 (P)",
      { function: "twq_kernreturn", offsetBytes: 0x24, reliable: true },
    ],
    [
      " [<ffffffff81234567>] sys_open+0x1/0x2",
      { function: "sys_open", offsetBytes: 1, reliable: true },
    ],
  ])("are read from %j", (line, frame) => expect(parseFrame(line)).toEqual(frame));

  test.each([
    "RIP: 0033:0x401244",
    "--- syscall (202, FreeBSD ELF64, sys___sysctl), rip = 0x80119acea ---",
    " </TASK>",
    "kernlane: a+0x1/0x2 and more",
    "",
  ])("are not read from %j", (line) => expect(parseFrame(line)).toBeUndefined());
});

test("finds the function behind those that only report", () => {
  const frames = [
    "db_trace_self_wrapper",
    "vpanic",
    "panic",
    "trap_fatal",
    "calltrap",
    "twq_enter",
    "amd64_syscall",
  ];
  expect(guiltyFunction(frames.map(reliable), freebsdReporters)).toBe("twq_enter");
  const linux = ["dump_stack_lvl", "print_report", "kasan_report", "__asan_memcpy", "twq_copy"];
  expect(guiltyFunction(linux.map(reliable), linuxReporters)).toBe("twq_copy");
  expect(guiltyFunction([{ function: "guess", reliable: false }], linuxReporters)).toBeUndefined();
});

function reliable(name: string): Frame {
  return { function: name, reliable: true };
}
