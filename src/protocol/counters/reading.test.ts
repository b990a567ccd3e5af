import { describe, expect, test } from "vitest";
import { deltasOf, formatChange } from "./delta.js";
import { readCounterFile } from "./read-file.js";
import { readSysctlTree, type Readings } from "./reading.js";
import { parseSource, readSources } from "./source.js";

const errno = (number: number): string => `E${number}`;

/** As plain values. */
function plain(readings: Readings): Record<string, unknown> {
  return Object.fromEntries(
    [...readings].map(([name, { values, isList, text }]) => [
      name,
      values.length === 0 ? text : isList ? values.map(Number) : Number(values[0]),
    ]),
  );
}

test("a file of one line of numbers is a counter of the file's name", () => {
  const read = (content: string) =>
    plain(
      readSources([parseSource("/sys/x/rx_bytes", "here")], [content], { perCpu: "sum", errno }),
    );
  expect(read("17\n")).toEqual({ rx_bytes: 17 });
  expect(read("17 0 9\n")).toEqual({ rx_bytes: [17, 0, 9] });
  expect(read("17 1\n18 2\n")).toEqual({ "17": 1, "18": 2 });
});

describe("a file", () => {
  test.each([
    ["key and value", "init_count 3\nwidth 2\n", { init_count: 3, width: 2 }],
    ["buckets", "bucket_req_total 0,0,2,1\n", { bucket_req_total: [0, 0, 2, 1] }],
    ["a unit", "MemFree:  123 kB\nActive(anon): 4 kB\n", { MemFree: 123, "Active(anon)": 4 }],
    [
      "several values",
      "cpu  1 2 3\ncpu0 1 2 3\nctxt 9\n",
      { cpu: [1, 2, 3], cpu0: [1, 2, 3], ctxt: 9 },
    ],
    ["a key of two words", "cpu family\t: 6\n", { "cpu family": 6 }],
    ["a text", "State:\tR (running)\n", { State: "R (running)" }],
    ["names and values", "Tcp: In Out\nTcp: 5 6\n", { "Tcp.In": 5, "Tcp.Out": 6 }],
    ["line ends of two characters", "a 1\r\nb 2\r\n", { a: 1, b: 2 }],
    ["one key twice", "a 1\na 2\n", { a: 1, "a#2": 2 }],
    ["hexadecimal", "flags 0x10\n", { flags: 16 }],
    ["nothing", "\n", {}],
  ])("with %s", (_, content, counters) => {
    expect(plain(readCounterFile(content, "sum"))).toEqual(counters);
  });

  const interrupts = [
    "           CPU0       CPU1       ",
    "  0:         36          0   IO-APIC   2-edge      timer",
    "LOC:        100        200   Local timer interrupts",
    "ERR:          1",
    "",
  ].join("\n");

  test("with a column for each processor", () => {
    expect(plain(readCounterFile(interrupts, "sum"))).toEqual({ "0": 36, LOC: 300, ERR: 1 });
    expect(plain(readCounterFile(interrupts, "each"))).toEqual({
      "0": [36, 0],
      LOC: [100, 200],
      ERR: 1,
    });
  });

  test("with a line for each processor", () => {
    const line = (first: string) => [first, ...Array<string>(12).fill("00000001")].join(" ");
    const content = `${line("0000000a")}\n${line("00000010")}\n`;
    expect(plain(readCounterFile(content, "sum"))).toMatchObject({ processed: 26, dropped: 2 });
    expect(plain(readCounterFile(content, "each"))).toMatchObject({ processed: [10, 16] });
  });
});

test("a tree of sysctls", () => {
  const content = [
    "kern.twq.init_count u8 18446744073709551615",
    "kern.twq.window i4 -5",
    "kern.twq.states i8 1 2 3",
    "kern.twq.buckets text 0,0,2",
    "kern.twq.name text a b",
    "kern.twq.empty text ",
    "kern.twq.secret errno 1",
    "kern.cp_times i8 1 2 3 4 5 10 20 30 40 50",
    "",
  ].join("\n");
  expect(plain(readSysctlTree(content, "sum", errno))).toEqual({
    "kern.twq.init_count": 2 ** 64,
    "kern.twq.window": -5,
    "kern.twq.states": [1, 2, 3],
    "kern.twq.buckets": [0, 0, 2],
    "kern.twq.name": "a b",
    "kern.twq.empty": "",
    "kern.twq.secret": "E1",
    "kern.cp_times": [11, 22, 33, 44, 55],
  });
  expect(readSysctlTree(content, "each", errno).get("kern.cp_times")?.values).toHaveLength(10);
});

describe("names", () => {
  const sources = (...patterns: readonly string[]) => patterns.map((one) => parseSource(one, "x"));
  const options = { perCpu: "sum", errno } as const;

  test("are without what all of a source share", () => {
    const read = readSources(
      sources("kern.twq.*", "/proc/twq"),
      ["kern.twq.a u4 1\nkern.twq.b.c u4 2\n", "d 3\n"],
      options,
    );
    expect(plain(read)).toEqual({ a: 1, "b.c": 2, d: 3 });
  });

  test("are the last part where a source is one sysctl", () => {
    const read = readSources(sources("kern.twq.width"), ["kern.twq.width i4 2\n"], options);
    expect(plain(read)).toEqual({ width: 2 });
  });

  test("are whole where two would be the same", () => {
    const read = readSources(sources("kern.*", "vm.*"), ["kern.a u4 1\n", "vm.a u4 2\n"], options);
    expect(plain(read)).toEqual({ "kern.a": 1, "vm.a": 2 });
    const files = readSources(sources("/x", "/y"), ["a 1\n", "a 2\n"], options);
    expect(plain(files)).toEqual({ "/x:a": 1, "/y:a": 2 });
  });

  test("may have a star in the middle: then only those are meant", () => {
    expect(sources("kern.twq.bucket_*", "kern.twq", "hw.*.x")).toMatchObject([
      { root: "kern.twq" },
      { root: "kern.twq" },
      { root: "hw" },
    ]);
    const content = "kern.twq.bucket_a u4 1\nkern.twq.width u4 2\n";
    expect(plain(readSources(sources("kern.twq.bucket_*"), [content], options))).toEqual({
      bucket_a: 1,
    });
    expect(plain(readSources(sources("kern.twq"), [content], options))).toEqual({
      bucket_a: 1,
      width: 2,
    });
  });

  test.each(["", "*", "*.x", "a b", "kern.twq;", "x".repeat(256)])("%j is refused", (pattern) => {
    expect(() => sources(pattern)).toThrow(
      expect.objectContaining({ code: "step-name-invalid" }) as Error,
    );
  });
});

describe("what became of", () => {
  const tree = (lines: string): Readings => readSysctlTree(lines, "sum", errno);
  const changes = (before: Readings, after: Readings): readonly string[] =>
    deltasOf(before, after).map(
      (one) => `${one.name} ${formatChange(one)}${one.isNews ? "" : " (not shown)"}`,
    );

  test.each([
    ["one that counted", "a u4 1", "a u4 3", ["a +2"]],
    ["one that did not", "a u4 1", "a u4 1", ["a 0 (not shown)"]],
    ["one that went backwards", "a u4 5", "a u4 3", ["a -2"]],
    ["one that wrapped at 32 bits", "a u4 4294967295", "a u4 3", ["a +4 (wrapped)"]],
    ["one that wrapped at 64 bits", "a u8 18446744073709551615", "a u8 0", ["a +1 (wrapped)"]],
    ["a signed one, which does not wrap", "a i4 2147483647", "a i4 -1", ["a -2147483648"]],
    [
      "buckets",
      "a text 0,0,2",
      "a text 0,1,2",
      ["a[0] 0 (not shown)", "a[1] +1", "a[2] 0 (not shown)"],
    ],
    ["one that appeared", "", "a u4 3", ["a appeared meanwhile: 3"]],
    ["one that went away", "a u4 3", "", ["a went away meanwhile: 3"]],
    [
      "more buckets",
      "a i4 1 2",
      "a i4 1 2 3",
      ["a[0] 0 (not shown)", "a[1] 0 (not shown)", "a[2] appeared meanwhile: 3"],
    ],
    ["a text", "a text x y", "a text x y", ['a no number: "x y" (not shown)']],
    ["a text that changed", "a text x", "a text y", ['a no number: "x" before, "y" after']],
    [
      "one that is no number any more",
      "a u4 1",
      "a errno 1",
      ['a no number: 1 before, "E1" after'],
    ],
  ])("%s", (_, before, after, told) => {
    expect(changes(tree(before), tree(after))).toEqual(told);
  });

  test("one of a file, whose width nobody says, and which was near the end of 64 bits", () => {
    const file = (value: string): Readings => readCounterFile(`a ${value}\n`, "sum");
    expect(changes(file("18446744073709551614"), file("1"))).toEqual(["a +3 (wrapped)"]);
    expect(changes(file("4294967295"), file("1"))).toEqual(["a -4294967294"]);
  });
});
