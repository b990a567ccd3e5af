import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deadlockTitle, readWaits } from "./wait-graph.js";

const stackOf = (name: string, pid: number, asker: string): string[] => [
  `task:${name.padEnd(15)} state:D stack:0     pid:${pid}    tgid:${pid}    ppid:1      task_flags:0x400140 flags:0x00004002`,
  "Call Trace:",
  " <TASK>",
  " ? __pfx_mutex_lock+0x10/0x10",
  " __schedule+0x418/0x1330",
  " schedule_preempt_disabled+0x15/0x30",
  " __mutex_lock.constprop.0+0x4d5/0xa60",
  ` ${asker}+0x2f/0x60`,
  " do_syscall_64+0x82/0x190",
  " </TASK>",
];

const heldLocks = [
  "Showing all locks held in the system:",
  "2 locks held by agent/77:",
  " #0: ffff888004a1c0a8 (&box->first){+.+.}-{4:4}, at: twq_first+0x1f/0x60",
  " #1: ffff888004a1c148 (&box->second#2){+.+.}-{4:4}, at: twq_first+0x2f/0x60",
  "2 locks held by kworker/0:1/78:",
  " #0: ffff888004a1c148 (&box->second#2){+.+.}-{4:4}, at: twq_second+0x1f/0x60",
  " #1: ffff888004a1c0a8 (&box->first){+.+.}-{4:4}, at: twq_second+0x2f/0x60",
  "",
  "=============================================",
];

const read = (...lines: readonly string[]) => readWaits("linux", [{ question: "sysrq w", lines }]);

describe("who waits for whom on Linux", () => {
  const stacks = [
    ...stackOf("agent", 77, "twq_first"),
    ...stackOf("kworker/0:1", 78, "twq_second"),
  ];
  const title =
    "deadlock: agent holds &box->first and waits for &box->second, kworker/NUM holds &box->second and waits for &box->first";

  test("is in lockdep's lists and the stacks of those that wait", () => {
    const graph = read(...stacks, ...heldLocks);
    expect(graph.waits).toEqual([
      {
        thread: "agent/77",
        lock: "&box->second#2",
        address: "0xffff888004a1c148",
        at: "twq_first",
      },
      {
        thread: "kworker/0:1/78",
        lock: "&box->first",
        address: "0xffff888004a1c0a8",
        at: "twq_second",
      },
    ]);
    expect(deadlockTitle(graph)).toBe(title);
  });

  test("is read out of what a real kernel said", () => {
    const file = new URL("../../../test/consoles/linux/hung-task-deadlock.txt", import.meta.url);
    const graph = read(...readFileSync(file, "utf8").split(/\r?\n/));
    expect(deadlockTitle(graph)).toBe(
      "deadlock: init holds twq_lock_x and waits for twq_lock_y, twq_other holds twq_lock_y and waits for twq_lock_x",
    );
  });

  test("is the same with times, in another order and in another run", () => {
    const [one, other] = [
      stackOf("kworker/0:1", 78, "twq_second"),
      stackOf("agent", 77, "twq_first"),
    ];
    const lines = [...heldLocks, ...one, ...other].map((line) =>
      `[  123.456789][   T12] ${line}`.replaceAll("/77", "/1977").replaceAll("pid:77", "pid:1977"),
    );
    expect(deadlockTitle(read(...lines))).toBe(title);
  });

  test("is in what the hung task detector says of owners", () => {
    const graph = read(
      "INFO: task agent:77 blocked for more than 120 seconds.",
      ...stackOf("agent", 77, "twq_first"),
      "INFO: task agent:77 is blocked on a mutex likely owned by task agent:78.",
      ...stackOf("agent", 78, "twq_second"),
      "INFO: task agent:78 blocked for more than 120 seconds.",
      ...stackOf("agent", 78, "twq_second"),
      "INFO: task agent:78 <writer> blocked on an rw-semaphore likely owned by task agent:77 <writer>",
      ...stackOf("agent", 77, "twq_first"),
    );
    expect(deadlockTitle(graph)).toBe(
      "deadlock: agent holds the mutex of twq_first and waits for the rw-semaphore of twq_second, agent holds the rw-semaphore of twq_second and waits for the mutex of twq_first",
    );
  });

  test("is read of older kernels", () => {
    const graph = read(
      "agent           D26640    77      1 0x00000004",
      ...stackOf("", 1, "twq_first").slice(1),
      "1 lock held by agent/77:",
      " #0:  (&box->first){+.+.+.}, at: [<ffffffff81234567>] twq_first+0x1f/0x60",
    );
    expect(graph.waits).toEqual([{ thread: "agent/77", lock: "&box->first", at: "twq_first" }]);
  });

  test("is no deadlock where only stacks or only lists are known", () => {
    expect(deadlockTitle(read(...stacks))).toBeUndefined();
    expect(deadlockTitle(read(...heldLocks))).toBeUndefined();
  });

  test("is none where the last stack shows that it went on", () => {
    const later = stackOf("agent", 77, "twq_first").filter((line) => !line.includes("mutex"));
    expect(deadlockTitle(read(...stacks, ...heldLocks, ...later))).toBeUndefined();
  });

  test("never throws", () => {
    const line = fc.oneof(
      fc.constantFrom(...stacks, ...heldLocks),
      fc.string(),
      fc.constantFrom(...heldLocks).map((text) => text.slice(7)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        deadlockTitle(read(...lines));
      }),
    );
  });
});
