import { expect, test } from "vitest";
import { ended, hello, mark, phase, report, started, timed } from "../../test/run-events.js";
import { LaneError } from "../base/errors.js";
import { parseFrame, type Frame } from "../console/stack.js";
import type { SourcePlace, Symbols } from "../symbols/symbols.js";
import { readHistory } from "./history.js";
import { recordColumn } from "./record.js";
import { addSourceLines, type SourceRequest, type SymbolTools } from "./source-lines.js";

const place = { kernel: "TWQDEBUG", folder: "/r/TWQDEBUG", consoleLog: "/r/TWQDEBUG/console.log" };
const evidence = [
  "[    2.000001] Kernel panic - not syncing: twq",
  "[    2.000002] Call Trace:",
  "[    2.000003]  panic+0x118/0x2f4",
  "[    2.000004]  twq_strike+0x16/0x20",
  "[    2.000005]  ? twq_strike+0x16/0x20",
  "[    2.000006]  vfs_write+0xc7/0x3f0",
];
const frames = evidence.slice(2).map((line) => parseFrame(line.slice(15))!);

const kernel = { path: "/b/vmlinux", buildId: "abcd", provenBy: "build id" } as const;
const unfound: Symbols = {
  proof: { family: "linux", buildId: "abcd" },
  modulePlaces: [],
  lookedFor: [],
  passedOver: [],
};
const symbols: Symbols = { ...unfound, kernel };

const INLINED: SourcePlace = { function: "strike", file: "/b/src/kernel/twq/faults.c", line: 41 };
const OUTER: SourcePlace = { function: "twq_strike", file: "/b/src/kernel/twq/faults.c", line: 90 };
const WRITE: SourcePlace = { function: "vfs_write", file: "/b/src/fs/read_write.c", line: 582 };

function placesOf({ function: name }: Frame): readonly SourcePlace[] {
  return name === "twq_strike" ? [INLINED, OUTER] : name === "vfs_write" ? [WRITE] : [];
}

function toolsWith(part: Partial<SymbolTools> = {}): SymbolTools {
  return {
    find: () => Promise.resolve(symbols),
    open: () =>
      Promise.resolve({
        program: "/usr/bin/llvm-symbolizer",
        resolve: (all) => Promise.resolve(all.map((frame) => ({ frame, places: placesOf(frame) }))),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    excerpt: ({ line }) =>
      line === 41
        ? { path: "/w/twq/faults.c", firstLine: 40, lines: ["{", "  *p = 1;", "}"] }
        : undefined,
    ...part,
  };
}

const request: SourceRequest = { proof: { family: "linux" }, kernel: "/b/bzImage", given: [] };

function resolved(tools: SymbolTools, asked = request, deadlineMs?: number) {
  const panic = report({ title: "kernel panic: twq", evidence, frames });
  const begun = [started(), phase("load"), mark(), hello(), phase("probe")];
  const events = timed([...begun, panic, ended("reset")]);
  const record = recordColumn(place, events);
  return addSourceLines(record, readHistory(events), asked, tools, deadlineMs);
}

test("the address where a FreeBSD kernel trapped says its place, too", async () => {
  const address = "0xffffffff80bbeed4";
  const trapped = {
    function: "twq_strike",
    offsetBytes: 22,
    isExact: true,
    reliable: true,
  } as const;
  const lines = [
    "Fatal trap 12",
    `instruction pointer\t= 0x20:${address}`,
    "rip 0xffffffff80000000",
  ];
  const events = timed([
    started({ guest: "freebsd" }),
    phase("load"),
    report({ class: "trap", evidence: lines, frames: [{ ...trapped, address }] }),
    ended("reset"),
  ]);
  const seen = readHistory(events);
  const record = await addSourceLines(recordColumn(place, events), seen, request, toolsWith());
  expect(record.evidence).toContain(
    `instruction pointer\t= 0x20:${address}  strike kernel/twq/faults.c:41 (inlined by twq_strike kernel/twq/faults.c:90)`,
  );
  expect(record.evidence).toContain("      > 41    *p = 1;");
  expect(record.evidence.at(-1)).toBe("rip 0xffffffff80000000");
});

test("each frame of the evidence says its place, and the guilty one shows its lines, once", async () => {
  const record = await resolved(toolsWith());
  expect(record.evidence.slice(-9)).toEqual([
    "[    2.000001] Kernel panic - not syncing: twq",
    "[    2.000002] Call Trace:",
    "[    2.000003]  panic+0x118/0x2f4",
    "[    2.000004]  twq_strike+0x16/0x20  strike kernel/twq/faults.c:41 (inlined by twq_strike kernel/twq/faults.c:90)",
    "        40  {",
    "      > 41    *p = 1;",
    "        42  }",
    "[    2.000005]  ? twq_strike+0x16/0x20  kernel/twq/faults.c:41",
    "[    2.000006]  vfs_write+0xc7/0x3f0  fs/read_write.c:582",
  ]);
  expect(record.findings).toMatchObject([
    {
      backtrace: [
        { frame: "panic+0x118", places: [] },
        { frame: "twq_strike+0x16", places: [INLINED, OUTER] },
        { frame: "? twq_strike+0x16", places: [INLINED, OUTER] },
        { frame: "vfs_write+0xc7", places: [WRITE] },
      ],
      source: { path: "/w/twq/faults.c", line: 41 },
    },
  ]);
  expect(record).toMatchObject({
    symbols: { buildId: "abcd", file: { path: "/b/vmlinux", provenBy: "build id" } },
    notices: [],
  });
});

test("a tree that was named is where the places are shown", async () => {
  const { evidence: shown } = await resolved(toolsWith(), { ...request, sources: "/w" });
  expect(shown.join("\n")).toContain("strike /w/twq/faults.c:41");
});

test("each frame is asked for once", async () => {
  const asked: string[] = [];
  const tools = toolsWith();
  await resolved({
    ...tools,
    open: async (found) => {
      const symbolizer = await tools.open(found);
      return {
        ...symbolizer,
        resolve: (all) => {
          asked.push(...all.map((one) => one.function));
          return symbolizer.resolve(all);
        },
      };
    },
  });
  expect(asked).toEqual(["panic", "twq_strike", "vfs_write"]);
});

test("a symbolizer that hangs does not keep the verdict", async () => {
  const record = await resolved(
    toolsWith({ open: () => new Promise(() => undefined) }),
    request,
    20,
  );
  expect(record).toMatchObject({
    verdict: "panicked",
    notices: ["no source lines: they were not found within 0.02 s"],
  });
  expect(record.evidence.slice(-6)).toEqual(evidence);
});

test("what is wrong with symbols is a notice in words", async () => {
  const missing = new LaneError(
    "program-missing",
    "neither llvm-symbolizer nor addr2line is there",
  );
  const record = await resolved(toolsWith({ open: () => Promise.reject(missing) }));
  expect(record.notices).toEqual([
    "no source lines: neither llvm-symbolizer nor addr2line is there",
  ]);
  expect(record.verdict).toBe("panicked");
});

test("one that was found and is another build's is not used, and that is said", async () => {
  const passedOver = ["/b/vmlinux is of another build"];
  const find = () => Promise.resolve({ ...unfound, passedOver });
  const open = () => Promise.reject(new Error("there is nothing to open"));
  const record = await resolved(toolsWith({ find, open }));
  expect(record.notices).toEqual(["not used for source lines: /b/vmlinux is of another build"]);
  expect(record.symbols).toEqual({ buildId: "abcd", file: null });
  expect(record.evidence.slice(-6)).toEqual(evidence);
});

test("nothing is looked for without a frame", async () => {
  const events = timed([started(), mark(), hello(), ended("reset")]);
  const record = recordColumn(place, events);
  const find = () => Promise.reject(new Error("not to be called"));
  expect(await addSourceLines(record, readHistory(events), request, toolsWith({ find }))).toBe(
    record,
  );
});
