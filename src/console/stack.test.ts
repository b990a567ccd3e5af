import { describe, expect, test } from "vitest";
import { parseFrame, type Frame } from "./stack.js";

describe("frames of a backtrace", () => {
  test.each<[string, Frame]>([
    [
      "#3 0xffffffff80c6b9a1 at vpanic+0x151",
      at("vpanic", 0x151, { address: "0xffffffff80c6b9a1" }),
    ],
    ["#2 0xffffffff80c6b9a1 in foo+0x10", at("foo", 0x10, { address: "0xffffffff80c6b9a1" })],
    [" #0 witness_checkorder+0xc95", at("witness_checkorder", 0xc95)],
    ["panic() at panic+0x43/frame 0xfffffe0001190ba0", at("panic", 0x43)],
    [
      "vpanic() at 0xffffffff8051cc6f = vpanic+0x17f/frame 0xfffffe0001190b40",
      at("vpanic", 0x17f, { address: "0xffffffff8051cc6f" }),
    ],
    ["kdb_backtrace() at kdb_backtrace+0x38", at("kdb_backtrace", 0x38)],
    ["db_trace_self() at db_trace_self", { function: "db_trace_self", reliable: true }],
    [
      "Stopped at      twq_enter+0x24:  movl    (%rax),%eax",
      at("twq_enter", 0x24, { isExact: true }),
    ],
    [
      "Stopped at      0xffffffff80c6b9a1 = kdb_enter+0x37:\tmovq\t$0,0x1264e9e(%rip)",
      at("kdb_enter", 0x37, { address: "0xffffffff80c6b9a1", isExact: true }),
    ],
  ])("of FreeBSD are read from %j", (line, frame) => expect(parseFrame(line)).toEqual(frame));

  test.each<[string, Frame]>([
    [" vfs_write+0xc7/0x3f0", at("vfs_write", 0xc7, { sizeBytes: 0x3f0 })],
    [
      " ? do_idle.isra.0+0x1f/0x2a",
      at("do_idle", 0x1f, { symbol: "do_idle.isra.0", sizeBytes: 0x2a, reliable: false }),
    ],
    [
      " [<c0105678>] twq_open+0x2d [twq]",
      at("twq_open", 0x2d, { address: "0xc0105678", module: "twq" }),
    ],
    [" twq_open+0x2d/0x60 [twq]", at("twq_open", 0x2d, { sizeBytes: 0x60, module: "twq" })],
    [
      " twq_open+0x2d/0x60 [twq 5f1c3ab2d4e6f7081929a3b4c5d6e7f80910a1b2]",
      at("twq_open", 0x2d, {
        sizeBytes: 0x60,
        module: "twq",
        buildId: "5f1c3ab2d4e6f7081929a3b4c5d6e7f80910a1b2",
      }),
    ],
    [
      "RIP: 0010:twq_spin.part.0.cold+0xa/0x20",
      at("twq_spin", 0xa, { symbol: "twq_spin.part.0.cold", sizeBytes: 0x20, isExact: true }),
    ],
    ["RIP: twq_spin+0xa/0x20 RSP: ffff8801d9fdf270", exact("twq_spin", 0xa, 0x20)],
    [
      "RIP: 0010:[<ffffffff81234567>]  [<ffffffff81234567>] twq_spin+0xa/0x20",
      exact("twq_spin", 0xa, 0x20, "0xffffffff81234567"),
    ],
    [
      "RIP  [<ffffffff81234567>] twq_spin+0xa/0x20",
      exact("twq_spin", 0xa, 0x20, "0xffffffff81234567"),
    ],
    ["IP: [<c1234567>] twq_spin+0xa/0x20", exact("twq_spin", 0xa, 0x20, "0xc1234567")],
    ["EIP: twq_spin+0xa/0x20", exact("twq_spin", 0xa, 0x20)],
    ["EIP is at twq_spin+0xa/0x20", exact("twq_spin", 0xa, 0x20)],
    [
      " [<ffffffff81234567>] sys_open+0x1/0x2",
      at("sys_open", 1, { sizeBytes: 2, address: "0xffffffff81234567" }),
    ],
    [
      " <IRQ>  [<ffffffff81234567>] ? sys_open+0x1/0x2",
      at("sys_open", 1, { sizeBytes: 2, address: "0xffffffff81234567", reliable: false }),
    ],
    ["[<        (ptrval)>] sys_open+0x1/0x2", at("sys_open", 1, { sizeBytes: 2 })],
    // /proc/PID/stack, which names no address since 4.15.
    ["[<0>] take_x_then_y+0x34/0x50", at("take_x_then_y", 0x34, { sizeBytes: 0x50 })],
  ])("of Linux are read from %j", (line, frame) => expect(parseFrame(line)).toEqual(frame));

  test.each<[string, Frame]>([
    ["pc : twq_kernreturn+0x24/0x60", exact("twq_kernreturn", 0x24, 0x60)],
    [" twq_kernreturn+0x24/0x60 (P)", exact("twq_kernreturn", 0x24, 0x60)],
    [" twq_kernreturn+0x24/0x60 (L)", at("twq_kernreturn", 0x24, { sizeBytes: 0x60 })],
    ["epc : twq_read+0x12/0x34", exact("twq_read", 0x12, 0x34)],
    [
      "[<ffffffff80006e2a>] twq_read+0x12/0x34",
      at("twq_read", 0x12, { sizeBytes: 0x34, address: "0xffffffff80006e2a" }),
    ],
    ["PC is at twq_read+0x12/0x34", exact("twq_read", 0x12, 0x34)],
    [
      "[<c0101234>] (twq_read) from [<c0105678>] (vfs_read+0x12/0x34)",
      at("vfs_read", 0x12, { sizeBytes: 0x34, address: "0xc0105678" }),
    ],
    [
      "[<c0101234>] (twq_read+0x0/0x20 [twq]) from [<c0105678>] (vfs_read+0x12/0x34 [vfs])",
      at("vfs_read", 0x12, { sizeBytes: 0x34, address: "0xc0105678", module: "vfs" }),
    ],
    [
      " panic from print_tainted+0x0/0xa0",
      at("print_tainted", 0, { sizeBytes: 0xa0, reliable: false }),
    ],
    [" twq_read from vfs_read+0x12/0x34", at("vfs_read", 0x12, { sizeBytes: 0x34 })],
    [" __dabt_svc from twq_read+0x12/0x34", exact("twq_read", 0x12, 0x34)],
    [
      "[<c0100b0c>] (__irq_svc) from [<c0105678>] (cpuidle_enter+0x12/0x34)",
      exact("cpuidle_enter", 0x12, 0x34, "0xc0105678"),
    ],
    [
      "NIP [c000000000101234] .twq_read+0x12/0x34",
      {
        ...exact("twq_read", 0x12, 0x34, "0xc000000000101234"),
        symbol: ".twq_read",
      },
    ],
    [
      "[c00000000fe3b9c0] [c000000000101234] twq_read+0x12/0x34 (unreliable)",
      at("twq_read", 0x12, {
        sizeBytes: 0x34,
        address: "0xc000000000101234",
        reliable: false,
      }),
    ],
    ["--- interrupt: 300 at twq_read+0x12/0x34", exact("twq_read", 0x12, 0x34)],
    [
      "Krnl PSW : 0704c00180000000 000000000011f2a4 (twq_read+0x12/0x34)",
      exact("twq_read", 0x12, 0x34, "0x000000000011f2a4"),
    ],
    [
      "([<000000000011f2a4>] twq_read+0x12/0x34)",
      at("twq_read", 0x12, {
        sizeBytes: 0x34,
        address: "0x000000000011f2a4",
        reliable: false,
      }),
    ],
    ["epc   : 80101234 twq_read+0x12/0x34", exact("twq_read", 0x12, 0x34, "0x80101234")],
    [
      "  ERA: 9000000000222194 twq_read+0x12/0x34",
      exact("twq_read", 0x12, 0x34, "0x9000000000222194"),
    ],
  ])("of Linux' other machines are read from %j", (line, frame) =>
    expect(parseFrame(line)).toEqual(frame),
  );

  test.each([
    ["pc : 0x0", "lr : twq_read+0x12/0x34"],
    ["PC is at 0x0", "LR is at twq_read+0x12/0x34"],
    ["epc : 0x0", " ra : twq_read+0x12/0x34"],
    ["NIP [0000000000000000] 0x0", "LR [c000000000101234] twq_read+0x12/0x34"],
    ["epc   : 00000000 0x0", "ra    : 80101234 twq_read+0x12/0x34"],
    ["  ERA: 0000000000000000 0x0", "   ra: 9000000000222194 twq_read+0x12/0x34"],
  ])("are who jumped nowhere: behind %j %j", (pc, link) => {
    expect(parseFrame(link, pc)?.function).toBe("twq_read");
    expect(parseFrame(link, `${pc} f+0x1/0x2`)).toBeUndefined();
  });

  test.each([
    "--- trap 0xc, rip = 0xffffffff80c6b9a1, rsp = 0xfffffe0001190c70, rbp = 0xfffffe0001190c90 ---",
    "--- interrupt, rip = 0xffffffff80c6b9a1, rsp = 0xfffffe0001190c70, rbp = 0xfffffe0001190c90 ---",
    "--- exception, esr 0x96000004",
  ])("are the instruction itself behind %j", (trap) => {
    const line = "twq_enter() at twq_enter+0x24/frame 0xfffffe0001190c90";
    expect(parseFrame(line, trap)).toEqual(at("twq_enter", 0x24, { isExact: true }));
  });

  test.each([
    "RIP: 0033:0x401244",
    "--- syscall (202, FreeBSD ELF64, sys___sysctl), rip = 0x80119acea ---",
    " </TASK>",
    "kernlane: a+0x1/0x2 and more",
    "",
  ])("are not read from %j", (line) => expect(parseFrame(line)).toBeUndefined());
});

function at(name: string, offsetBytes: number, more: Partial<Frame> = {}): Frame {
  return { function: name, offsetBytes, reliable: true, ...more };
}

function exact(name: string, offsetBytes: number, sizeBytes: number, address?: string): Frame {
  const where = address === undefined ? {} : { address };
  return { function: name, offsetBytes, sizeBytes, ...where, isExact: true, reliable: true };
}
