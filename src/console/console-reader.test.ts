import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GuestFamily } from "../base/family.js";
import { openConsoleReader, type ConsoleReader } from "./console-reader.js";
import type { ConsoleEvent } from "./events.js";

const linuxTimes = "[    0.100000] a\n[    0.200000] b\n[    0.300000] c\n[    0.400000] d\n";
const freebsdPanic =
  "panic: twq: bad\ncpuid = 0\ntime = 1\nKDB: stack backtrace:\n#0 0xffffffff80c6a9bf at vpanic+0x1\n";

describe("a console reader", () => {
  test("announces a panic as soon as its first line is certain", () => {
    const linux = openConsoleReader({ family: "linux" });
    expect(kinds(push(linux, "[    1.000000] Kernel panic - not syncing: x\n"))).toEqual([
      "report-opened",
    ]);
    const freebsd = openConsoleReader({ family: "freebsd" });
    expect(kinds(push(freebsd, "panic: twq: bad\n"))).toEqual([]);
    expect(kinds(push(freebsd, "cpuid = 0\n"))).toEqual(["report-opened"]);
  });

  test("closes an open report when the console is quiet", () => {
    const reader = openConsoleReader({ family: "freebsd" });
    push(reader, freebsdPanic);
    expect(reader.idle()).toMatchObject([
      { type: "report", closedBy: "quiet", title: "panic: twq: bad", confidence: "certain" },
    ]);
    expect(reader.idle()).toEqual([]);
  });

  const doubleFault = (behind = "") =>
    `Fatal double fault\nrip 0xffffffff807234e2 rsp 0xfffffe004abbf000 rbp 0xfffffe004abbf010\ncpuid = 1; apic id = 01\npanic: double fault\ncpuid = 1\ntime = 1\nKDB: stack backtrace:\n${behind}Uptime: 7s\nRebooting...\n`;
  const symbolAt = (address: bigint) =>
    address === 0xffffffff807234e2n ? { name: "twq_recurse", offsetBytes: 18 } : undefined;

  test("names the function of an instruction by the kernel's symbols where there is no backtrace", () => {
    const reader = openConsoleReader({ family: "freebsd", symbolAt });
    expect(push(reader, doubleFault()).at(-1)).toMatchObject({
      title: "Fatal double fault in twq_recurse",
      frames: [{ function: "twq_recurse", offsetBytes: 18, reliable: true }],
    });
    const without = openConsoleReader({ family: "freebsd" });
    expect(push(without, doubleFault()).at(-1)).toMatchObject({
      title: "Fatal double fault",
      frames: [],
    });
    const trap =
      "Fatal trap 12: page fault while in kernel mode\ncpuid = 0; apic id = 00\ninstruction pointer\t= 0x20:0xffffffff807234e2\ntrap number\t\t= 12\npanic: page fault\nRebooting...\n";
    expect(push(openConsoleReader({ family: "freebsd", symbolAt }), trap).at(-1)).toMatchObject({
      title: "Fatal trap 12: page fault while in kernel mode in twq_recurse",
    });
  });

  test("believes a backtrace that names a function more than an address", () => {
    const trace =
      "vpanic() at vpanic+0x38/frame 0xfffffe0053f7da40\ntwq_kernreturn() at twq_kernreturn+0x59/frame 0xfffffe0053f7da80\n";
    const reader = openConsoleReader({ family: "freebsd", symbolAt });
    const seen = push(reader, doubleFault(trace)).at(-1);
    expect(seen).toMatchObject({ title: "Fatal double fault in twq_kernreturn" });
    expect(seen).toMatchObject({
      frames: [{ function: "vpanic" }, { function: "twq_kernreturn" }],
    });
    const reporting = "vpanic() at vpanic+0x38/frame 0xfffffe0053f7da40\n";
    const other = openConsoleReader({ family: "freebsd", symbolAt });
    expect(push(other, doubleFault(reporting)).at(-1)).toMatchObject({
      title: "Fatal double fault in twq_recurse",
      frames: [{ function: "vpanic" }, { function: "twq_recurse" }],
    });
  });

  test("puts the function that trapped before its caller where the kernel unwinds past it", () => {
    const trap =
      "Fatal trap 12: page fault while in kernel mode\ncpuid = 0; apic id = 00\ninstruction pointer\t= 0x20:0xffffffff807234e2\ntrap number\t\t= 12\npanic: page fault\ncpuid = 0\nKDB: stack backtrace:\n#0 0xffffffff80b71576 at vpanic+0x136\n#1 0xffffffff8104ff18 at calltrap+0x8\n#2 0xffffffff82818109 at twq_caller+0x109\nUptime: 7s\nRebooting...\n";
    const functions = ["vpanic", "calltrap", "twq_recurse", "twq_caller"];
    expect(push(openConsoleReader({ family: "freebsd", symbolAt }), trap).at(-1)).toMatchObject({
      title: "Fatal trap 12: page fault while in kernel mode in twq_recurse",
      frames: functions.map((name) => ({ function: name })),
    });
    expect(push(openConsoleReader({ family: "freebsd" }), trap).at(-1)).toMatchObject({
      title: "Fatal trap 12: page fault while in kernel mode in twq_caller",
    });
  });

  test("takes a module that the loader cannot read for no failed boot, and a kernel for one", () => {
    const marksOf = (line: string) =>
      push(openConsoleReader({ family: "freebsd" }), `${line}\n`).filter(
        ({ type }) => type === "mark",
      );
    const why = "input/output error";
    expect(marksOf(`can't load file '/boot/kernel/virtio_console.ko': ${why}`)).toEqual([]);
    expect(marksOf("can't load 'kernel'")).toMatchObject([{ class: "loader-failed" }]);
  });

  test("only suspects a panic that nothing confirmed", () => {
    const reader = openConsoleReader({ family: "freebsd" });
    push(reader, "panic: twq: bad");
    expect(reader.end().slice(1)).toMatchObject([
      { type: "report-opened" },
      { type: "report", confidence: "suspected", signals: ["first-line"] },
    ]);
  });

  test("says again that a report opened when a finding turns fatal", () => {
    const reader = openConsoleReader({ family: "linux" });
    push(reader, "[    1.0] \n[    1.000000] WARNING: CPU: 0 PID: 1 at a.c:1 foo+0x1/0x2\n");
    const events = push(
      reader,
      "[    1.000001] Kernel panic - not syncing: kernel: panic_on_warn set ...\n",
    );
    expect(events.filter((event) => event.type !== "line")).toMatchObject([
      { type: "report-opened", id: 1, severity: "fatal", title: "WARNING in foo" },
    ]);
  });

  test("sees a prompt without waiting for a line's end", () => {
    const reader = openConsoleReader({ family: "freebsd" });
    expect(push(reader, "db> ")).toMatchObject([{ type: "mark", class: "debugger", text: "db> " }]);
    expect(reader.tail(5)).toEqual(["db> "]);
  });

  test("closes a report at the debugger's prompt, since nothing more will come", () => {
    const reader = openConsoleReader({ family: "freebsd" });
    push(reader, freebsdPanic);
    expect(kinds(push(reader, "KDB: enter: panic\n[ thread pid 1 tid 2 ]\ndb> "))).toEqual([
      "report",
      "mark",
    ]);
  });

  test("takes the loader's OK for a prompt only behind a failure", () => {
    const ok = (before: string) =>
      kinds(push(openConsoleReader({ family: "freebsd" }), `${before}OK `));
    expect(ok("can't load 'kernel'\n\nType '?' for a list of commands\n")).toEqual([
      "mark",
      "mark",
    ]);
    expect(ok("all is\n")).toEqual([]);
  });

  test("doubts an imitation of a kernel's lines that lacks this kernel's times", () => {
    const imitation = "Kernel panic - not syncing: x\nCPU: 0 PID: 1 Comm: a\nCall Trace:\n";
    const kindsAfter = (before: string) => {
      const reader = openConsoleReader({ family: "linux" });
      return kinds([...push(reader, before + imitation + "other\n"), ...reader.end()]);
    };
    expect(kindsAfter("")).toContain("report");
    expect(kindsAfter(linuxTimes)).toEqual([]);
  });

  test("takes neither the agent's lines nor what was typed for the kernel's", () => {
    const reader = openConsoleReader({ family: "freebsd" });
    reader.typed("echo panic: typed");
    const events = push(
      reader,
      "# echo panic: typed\nkernlane: panic: said by us\n@kl 1 00000000 panic: framed\n",
    );
    expect(kinds([...events, ...reader.end()])).toEqual([]);
  });

  test("bounds a report that never ends", () => {
    const reader = openConsoleReader({ family: "freebsd" });
    const events = push(
      reader,
      freebsdPanic + "rdi: 0000000000000000 rsi: 0000000000000001\n".repeat(5000),
    );
    const reports = events.filter((event) => event.type === "report");
    expect(reports).toMatchObject([{ closedBy: "size", evidenceCut: true }]);
    expect(reports[0]?.evidence.length).toBeLessThanOrEqual(400);
  });

  test("says when nothing came at all", () => {
    expect(openConsoleReader({ family: "linux" }).tail(5)).toEqual(["<no console output>"]);
  });

  test.each<GuestFamily>(["freebsd", "linux"])(
    "gives the same events however the bytes are cut (%s)",
    (family) => {
      fc.assert(
        fc.property(
          hostileConsole,
          fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
          (bytes, sizes) => {
            const whole = openConsoleReader({ family });
            const pieces = openConsoleReader({ family });
            const events: ConsoleEvent[] = [];
            for (let at = 0, turn = 0; at < bytes.length; turn++) {
              const size = sizes[turn % sizes.length]!;
              events.push(...pieces.push(bytes.subarray(at, at + size)));
              at += size;
            }
            expect([...events, ...pieces.end()]).toEqual([...whole.push(bytes), ...whole.end()]);
            expect(pieces.tail(50)).toEqual(whole.tail(50));
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  test.each(hostileTexts())(
    "keeps little of endless output and reads it in one pass: %s",
    (_, piece) => {
      const bytes = Buffer.from(piece.repeat(Math.ceil(200_000 / piece.length)));
      for (const family of ["freebsd", "linux"] as const) {
        const reader = openConsoleReader({ family, contextBytes: 4096 });
        reader.push(bytes);
        expect(reader.tail(100000).join("\n").length).toBeLessThanOrEqual(4096 + 2 * 8192);
        for (const event of reader.end()) {
          if (event.type === "report")
            expect(event.evidence.join("").length).toBeLessThanOrEqual(65536);
        }
      }
    },
  );
});

function hostileTexts(): [string, string][] {
  return [
    ["one line without an end", "panic: "],
    ["brackets like times", "[ 1.00000"],
    ["spaces", " "],
    ["frames", "#1 0xffffffff80c6a9bf at a+0x1\n"],
    ["start lines", "panic: x\n"],
    ["start lines of findings", "[    1.000000] WARNING: CPU: 0 PID: 1 at a.c:1 foo+0x1/0x2\n"],
    ["lines that nearly match", `uma with the following ${"locks ".repeat(200)}\n`],
    ["escapes", "\u001b[1;1H\u001b[C\u001b]0;x"],
    ["backspaces", "a\b\b\r"],
  ];
}

function push(reader: ConsoleReader, text: string): readonly ConsoleEvent[] {
  return reader.push(Buffer.from(text));
}

function kinds(events: readonly ConsoleEvent[]): readonly string[] {
  return events.map((event) => event.type).filter((type) => type !== "line");
}

/** Pieces of real reports in any order, between noise. */
const hostileConsole = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...freebsdPanic.split(/(?<=\n)/),
        "[    1.000000] Kernel panic - not syncing: x\n",
        "[    1.000000] WARNING: CPU: 0 PID: 1 at a.c:1 foo+0x1/0x2\n",
        "[    1.000000] ---[ end trace 0 ]---\n",
        "[    1.000000] Call Trace:\n[    1.000000]  foo+0x1/0x2\n",
        "lock order reversal:\n 1st 0x1 a (a, b) @ c:1\n",
        "---<<BOOT>>---\r\n",
        "db> ",
        "login: ",
        "kernlane: x\n",
        "\u001b[2;1H",
        "\r",
        "x".repeat(9000),
      ),
      fc.uint8Array({ maxLength: 10 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => Uint8Array.from(Buffer.from(pieces.join(""))));

test("the last words of what halted are a mark once nothing follows them, and only once", () => {
  const reader = openConsoleReader({ family: "linux" });
  const words = "XZ-compressed data is corrupt\r\n\r\n -- System ha";
  const marks = (events: readonly ConsoleEvent[]) => events.filter(({ type }) => type === "mark");
  expect(marks([...reader.push(Buffer.from(words)), ...reader.idle()])).toEqual([]);
  expect(marks(reader.push(Buffer.from("lted")))).toEqual([]);
  expect(marks(reader.idle())).toMatchObject([
    { name: "decompressor-halted", severity: "fatal", text: " -- System halted" },
  ]);
  expect(marks([...reader.idle(), ...reader.end()])).toEqual([]);
});

test("reads each message of a line on which a kernel began a second one", () => {
  const events = readLinux([
    "[   76.100000] Bluetooth: packet of 8 bytes[   76.471107] BUG: unable to handle kernel paging request at ffff88002bde1e40",
    "[   76.471108] IP: [<ffffffff82d4e304>] twq_copy+0x24/0x30",
    "[   76.471109] PGD ae2c067 PUD ae2d067 PMD 7faa5067 PTE 800000002bde1060",
    "[   76.471110] Oops: 0002 [#1] SMP",
  ]);
  const report = events.find((event) => event.type === "report");
  expect(report).toMatchObject({
    title: "BUG: unable to handle kernel paging request in twq_copy",
    evidence: [
      expect.stringMatching(/^\[ {3}76\.471107\] BUG: /),
      ...Array<unknown>(3).fill(expect.anything()),
    ],
  });
});

test.each([
  "<3>",
  "Nov 23 10:00:00 host kernel: ",
  "2026-11-23T10:00:00.123456+00:00 host kernel: ",
])("takes off what a daemon puts in front: %j", (prefix) => {
  const lines = [
    "BUG: unable to handle kernel paging request at ffff88002bde1e40",
    "IP: [<ffffffff82d4e304>] twq_copy+0x24/0x30",
    "PGD ae2c067 PUD ae2d067 PMD 7faa5067 PTE 800000002bde1060",
  ];
  const events = readLinux(lines.map((line) => prefix + line));
  expect(events.find((event) => event.type === "report")).toMatchObject({
    title: "BUG: unable to handle kernel paging request in twq_copy",
  });
});

test.each([
  "[   76.471107] ",
  "[   76.471107][   T12] ",
  "[   76.471107][    C0] ",
  "<3>[76.471107] ",
])("knows a kernel's own prefix: %j", (prefix) => {
  const events = readLinux([`${prefix}Kernel panic - not syncing: x`]);
  expect(events.map(({ type }) => type)).toContain("report");
});

test("reads a report whatever a process calls itself", () => {
  const comm = fc.oneof(
    fc.constantFrom("a b", "x:1", "][", "panic: y", "kworker/0:1", "f+0x1/0x2", "caf\u00e9", "<3>"),
    fc.string({ maxLength: 15 }),
  );
  fc.assert(
    fc.property(comm, (name) => {
      const safe = name.replace(/[\n\r\u001b\b]/g, "");
      const events = readLinux([
        "[    5.100000] ------------[ cut here ]------------",
        "[    5.100001] WARNING: CPU: 0 PID: 77 at kernel/twq.c:12 twq_enter+0x24/0x60",
        `[    5.100002] CPU: 0 PID: 77 Comm: ${safe} Not tainted 6.12.9 #4`,
        "[    5.100003] Call Trace:",
        "[    5.100004]  twq_open+0x1/0x20",
        "[    5.100005] ---[ end trace 0000000000000000 ]---",
      ]);
      const reports = events.filter((event) => event.type === "report");
      expect(reports.map(({ title }) => title)).toEqual(["WARNING in twq_enter"]);
    }),
  );
});

function readLinux(lines: readonly string[]): readonly ConsoleEvent[] {
  const reader = openConsoleReader({ family: "linux" });
  return [...push(reader, `${lines.join("\n")}\n`), ...reader.end()];
}
