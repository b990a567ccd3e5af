import { expect, test } from "vitest";
import { freebsdTasks, linuxTasks, readTask, type Task } from "./task.js";

const linux = (...lines: readonly string[]): Task =>
  lines.reduce<Task>((known, line) => readTask(known, line, linuxTasks), {});
const freebsd = (...lines: readonly string[]): Task =>
  lines.reduce<Task>((known, line) => readTask(known, line, freebsdTasks), {});

test.each<[string, Task]>([
  ["CPU: 1 PID: 77 Comm: agent Not tainted 6.1.0 #1", { cpu: 1, pid: 77, name: "agent" }],
  ["CPU: 1 UID: 0 PID: 77 Comm: a b/c Tainted: G  W 6.12", { cpu: 1, pid: 77, name: "a b/c" }],
  ["CPU: 0 PID: 1 Comm: init Kdump: loaded Not tainted 5.4", { cpu: 0, pid: 1, name: "init" }],
  ["Pid: 9, comm: old Not tainted 3.2.0", { pid: 9, name: "old" }],
  ["Write of size 8 at addr ffff88800a by task agent/77", { pid: 77, name: "agent" }],
  [
    "INFO: task kworker/0:1:12 blocked for more than 120 seconds.",
    { pid: 12, name: "kworker/0:1" },
  ],
  [
    "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [agent:77]",
    { cpu: 1, pid: 77, name: "agent" },
  ],
  ["agent/77 is trying to acquire lock:", { pid: 77, name: "agent" }],
  ["BUG: scheduling while atomic: agent/77/0x00000002", { pid: 77, name: "agent" }],
  ["the CPU: 1 PID: 77 Comm: agent", {}],
])("Linux: %s", (line, task) => expect(linux(line)).toEqual(task));

test("FreeBSD: a trap, then the debugger", () => {
  expect(
    freebsd(
      "cpuid = 1; apic id = 01",
      "current process\t\t= 786 (agent)",
      "[ thread pid 786 tid 100085 ]",
    ),
  ).toEqual({ cpu: 1, pid: 786, name: "agent", tid: 100085 });
});

test("what was said first stays, and another process adds nothing", () => {
  const first = "CPU: 1 PID: 77 Comm: agent Not tainted 6.1.0";
  expect(linux(first, "CPU: 0 PID: 3 Comm: other Not tainted 6.1.0")).toEqual({
    ...{ cpu: 1, pid: 77, name: "agent" },
  });
});
