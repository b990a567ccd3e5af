import { expect, test } from "vitest";
import { dyingProcessor, formatAutopsy, type Autopsy } from "./autopsy-text.js";

const autopsy: Autopsy = {
  column: {
    kernel: "TWQDEBUG",
    verdict: "panicked",
    title: "kernel panic: asked for",
    evidence: ["[ 1.4] CPU: 3 PID: 22 Comm: init Not tainted 6.1.192-TWQDEBUG #1"],
  },
  guest: "linux",
  frozenAt: "2026-11-25T17:59:08.223Z",
  port: 41231,
  symbols: "/src/my linux/vmlinux",
  notices: [],
};

test("says what died and when, and which line attaches a debugger to the processor that did", () => {
  expect(formatAutopsy(autopsy)).toEqual([
    "TWQDEBUG: panicked, kernel panic: asked for; frozen at 2026-11-25T17:59:08.223Z",
    "processor 3 died: it is gdb's thread 4",
    "waiting for a debugger on 127.0.0.1:41231. In another terminal:",
    "  gdb '/src/my linux/vmlinux' -ex 'target remote 127.0.0.1:41231' -ex 'thread 4' -ex 'bt'",
    "Ctrl-C ends it; what is kept stays as it is",
  ]);
});

test("a FreeBSD kernel is read by a gdb that takes its pointers for what they are", () => {
  const lines = formatAutopsy({ ...autopsy, guest: "freebsd", symbols: "/obj/kernel.debug" });
  expect(lines[3]).toMatch(/^ {2}gdb -iex 'set osabi none' \/obj\/kernel\.debug /);
});

test("of a hung kernel all processors are shown, and without symbols the architecture is said", () => {
  const { column } = autopsy;
  const lines = formatAutopsy({
    ...autopsy,
    column: { ...column, verdict: "hung", title: "probe: 8.0 s of 8.0 s" },
    symbols: undefined,
    notices: ["no file with the kernel's symbols"],
  });
  expect(lines.slice(1)).toEqual([
    "waiting for a debugger on 127.0.0.1:41231. In another terminal:",
    "  gdb -ex 'set architecture i386:x86-64' -ex 'target remote 127.0.0.1:41231' -ex 'thread apply all bt'",
    "no file with the kernel's symbols",
    "Ctrl-C ends it; what is kept stays as it is",
  ]);
});

test.each([
  [["cpuid = 1", "time = 1795630234"], 1],
  [["during step the fault; in process init, pid 22, on CPU 0", "CPU: 2 PID: 1"], 2],
  [["NMI backtrace for cpu 3", "vcpuid = 4"], undefined],
])("the processor of %j is %s", (evidence, processor) => {
  expect(dyingProcessor(evidence)).toBe(processor);
});
