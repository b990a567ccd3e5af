import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deadlockTitle, readWaits } from "./wait-graph.js";
import type { Answer } from "./waits.js";

/** Cut out of what a FreeBSD 15.0 guest answered; a module of our own, `lamp`, had two threads take two locks each. */
const psHead = "  pid  ppid  pgrp   uid  state   wmesg   wchan               cmd";
const others = [
  "  893   887   893     0  R+      CPU 1                       sysctl",
  "  885     1   885     0  Ss+     ttyin   0xff010000038070b0  getty",
  "    9     0     0     0  DL      (threaded)                  [bufdaemon]",
  "100065                   D       psleep  0xffffffff81eb0fe8  [bufdaemon]",
  "100077                   D       sdflush 0xff010000038150e8  [/ worker]",
];
const kernelRow = "    0     0     0     0  DLs     (threaded)                  [kernel]";

function ask(question: string, ...lines: readonly string[]): Answer {
  return { question, lines };
}

const sxLocks = ask(
  "show alllocks",
  "Process 892 (sysctl) thread 0xff01000004c2e000 (100082)",
  "exclusive sx lamp sx a (lamp sx a) r = 0 (0xffffffff82a1a128) locked @ /usr/src/sys/dev/lamp/lamp.c:116",
  "Process 0 (kernel) thread 0xff01000004c7c780 (100112)",
  "exclusive sx lamp sx b (lamp sx b) r = 0 (0xffffffff82a1a1d8) locked @ /usr/src/sys/dev/lamp/lamp.c:115",
);
const sxRows = ask(
  "ps",
  psHead,
  "  892   887   892     0  D+      lamp sx 0xffffffff82a1a1d8  sysctl",
  ...others,
  kernelRow,
  "100112                   D       lamp sx 0xffffffff82a1a128  [keeper]",
);
const sxTitle =
  "deadlock: keeper holds lamp sx b and waits for lamp sx a, sysctl holds lamp sx a and waits for lamp sx b";

describe("ddb's answers", () => {
  test("give who sleeps on a lock, by its address", () => {
    const graph = readWaits("freebsd", [sxLocks, sxRows]);
    expect(graph.holds).toContainEqual({
      thread: "keeper/100112",
      lock: "lamp sx b",
      address: "0xffffffff82a1a1d8",
      at: "/usr/src/sys/dev/lamp/lamp.c:115",
    });
    expect(graph.waits).toEqual([
      { thread: "sysctl/100082", lock: "lamp sx b", address: "0xffffffff82a1a1d8" },
      { thread: "keeper/100112", lock: "lamp sx a", address: "0xffffffff82a1a128" },
    ]);
    expect(deadlockTitle(graph)).toBe(sxTitle);
    expect(deadlockTitle(readWaits("freebsd", [sxRows, sxLocks]))).toBe(sxTitle);
  });

  test("give who is blocked on a mutex or an rw lock, where one held lock has that name", () => {
    const locks = ask(
      "show alllocks",
      "Process 895 (sysctl) thread 0xff01000004c2e000 (100082)",
      "exclusive sleep mutex lamp alpha (lamp alpha) r = 0 (0xffffffff82a1a0e8) locked @ /usr/src/sys/dev/lamp/lamp.c:122",
      "Process 12 (intr) thread 0xff01000004469780 (100055)",
      "exclusive sleep mutex Giant (Giant) r = 0 (0xffffffff81a01940) locked @ /usr/src/sys/kern/kern_intr.c:1190",
      "Process 0 (kernel) thread 0xff01000004c7c780 (100112)",
      "exclusive rw lamp rw (lamp rw) r = 0 (0xffffffff82a1a218) locked @ /usr/src/sys/dev/lamp/lamp.c:121",
    );
    const rows = ask(
      "ps",
      psHead,
      "  895   887   895     0  L+     *lamp rw 0xff01000004462840  sysctl",
      ...others,
      kernelRow,
      "100112                   L      *lamp al 0xff01000004c706c0  [keeper]",
    );
    expect(deadlockTitle(readWaits("freebsd", [locks, rows]))).toBe(
      "deadlock: keeper holds lamp rw and waits for lamp alpha, sysctl holds lamp alpha and waits for lamp rw",
    );
    const alike = ask(
      "show alllocks",
      "Process 1 (init) thread 0xff01000004c2e001 (100002)",
      "exclusive sleep mutex lamp all (lamp all) r = 0 (0xffffffff82a1a777) locked @ /usr/src/sys/dev/lamp/lamp.c:9",
    );
    expect(deadlockTitle(readWaits("freebsd", [locks, alike, rows]))).toBeUndefined();
  });

  test.each([
    [
      "sx",
      ' thread 100082 (pid 892, sysctl) is blocked on sx "lamp sx b" XLOCK',
      ' thread 100112 (pid 0, keeper) is blocked on sx "lamp sx a" XLOCK',
      sxTitle,
    ],
    [
      "lockmgr",
      " thread 100082 (pid 892, sysctl) is blocked on lockmgr lamplkbEXCL",
      " thread 100112 (pid 0, keeper) is blocked on lockmgr lamplkaEXCL",
      "deadlock: keeper holds lamplkb and waits for lamplka, sysctl holds lamplka and waits for lamplkb",
    ],
    [
      "a mutex",
      'thread 100082 (pid 892, sysctl) is blocked on lock 0xffffffff82a1a108 (sleep mutex) "lamp beta"',
      'thread 100112 (pid 0, keeper) is blocked on lock 0xffffffff82a1a0e8 (sleep mutex) "lamp alpha"',
      "deadlock: keeper holds lamp beta and waits for lamp alpha, sysctl holds lamp alpha and waits for lamp beta",
    ],
  ])("follow a chain of %s, in which a deadlock goes round and round", (_, one, other, title) => {
    const chain = ask("show allchains", "chain 1:", one, other, one, other, one.slice(0, 40));
    expect(deadlockTitle(readWaits("freebsd", [chain]))).toBe(title);
  });

  test("do not take the first thread of the next chain for a holder", () => {
    const chain = ask(
      "show allchains",
      "chain 1:",
      ' thread 100082 (pid 892, sysctl) is blocked on sx "lamp sx b" SLOCK (count 1)',
      "chain 2:",
      ' thread 100112 (pid 0, keeper) is blocked on sx "lamp sx a" XLOCK',
      ' thread 100082 (pid 892, sysctl) is blocked on sx "lamp sx b" SLOCK (count 1)',
    );
    expect(deadlockTitle(readWaits("freebsd", [chain]))).toBeUndefined();
  });

  test("say of a lock who has it and who waits", () => {
    const answers = [
      ask(
        "show lock 0xffffffff82a1a128",
        " class: sx",
        " name: lamp sx a",
        ' state: XLOCK: 0xff01000004459780 (tid 100072, pid 892, "sysctl")',
        " waiters: exclusive",
      ),
      ask(
        "show turnstile 0xffffffff82a1a0e8",
        "Lock: 0xffffffff82a1a0e8 - (sleep mutex) lamp alpha",
        'Lock Owner: 0xff01000004459780 (tid 100072, pid 892, "sysctl")',
        "Shared Waiters:",
        "        empty",
        "Exclusive Waiters:",
        '        0xff01000004c71000 (tid 100112, pid 0, "keeper")',
        "Pending Threads:",
        "        empty",
      ),
    ];
    expect(readWaits("freebsd", answers)).toEqual({
      holds: [
        { thread: "sysctl/100072", lock: "lamp sx a", address: "0xffffffff82a1a128" },
        { thread: "sysctl/100072", lock: "lamp alpha", address: "0xffffffff82a1a0e8" },
      ],
      waits: [{ thread: "keeper/100112", lock: "lamp alpha", address: "0xffffffff82a1a0e8" }],
    });
  });

  test("name no deadlock where threads only sleep", () => {
    const rows = ask("ps", psHead, ...others, kernelRow);
    const chain = ask(
      "show allchains",
      "chain 1:",
      ' thread 100074 (pid 887, sh) is sleeping on 0xfffffe0044e075c0 "wait"',
      "chain 2:",
      ' thread 100109 (pid 885, getty) is sleeping on 0xff010000038070b0 "ttyin"',
    );
    expect(readWaits("freebsd", [sxLocks, rows, chain]).waits).toEqual([]);
  });

  test("are read whatever they say", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(...sxLocks.lines, ...sxRows.lines, "Shared Waiters:", " name: x", "chain 1:"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.string(), (lines, question) => {
        const graph = readWaits("freebsd", [{ question, lines }]);
        expect(graph.holds.length).toBeLessThanOrEqual(40);
        deadlockTitle(graph);
      }),
    );
  });
});
