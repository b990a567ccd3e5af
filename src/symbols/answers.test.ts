/** What the programs answer, as values. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAnswers } from "./addr2line.js";
import { ReaderTrouble } from "./address-reader.js";
import { placesIn } from "./llvm-symbolizer.js";

const llvm = (symbols: readonly object[]): string =>
  JSON.stringify({ Address: "0x10", ModuleName: "vmlinux", Symbol: symbols });

test("reads inlined calls of llvm-symbolizer, innermost first", () => {
  const line = llvm([
    { FunctionName: "write_nowhere", FileName: "/src/./twq/faults.c", Line: 41, Column: 11 },
    { FunctionName: "fault_oops", FileName: "/src/twq/faults.c", Line: 46, Column: 0 },
  ]);
  expect(placesIn(line)).toEqual([
    { function: "write_nowhere", file: "/src/twq/faults.c", line: 41, column: 11 },
    { function: "fault_oops", file: "/src/twq/faults.c", line: 46 },
  ]);
});

test.each([
  ["line 0, which the compiler made up", llvm([{ FunctionName: "f", FileName: "/a.c", Line: 0 }])],
  ["no file", llvm([{ FunctionName: "f", FileName: "", Line: 7 }])],
  ["an error", '{"Address":"0x0","Error":{"Message":"No such file or directory"}}'],
  ["no symbols", "{}"],
])("takes %s for no line", (_, line) => {
  expect(placesIn(line)).toEqual([]);
});

test("reads addr2line's answers by address", () => {
  const output = [
    "0xffffffff812b08b0",
    "write_nowhere",
    "/src/./twq/faults.c:41 (discriminator 2)",
    "fault_oops",
    "/src/twq/faults.c:46",
    "0x0000000000000000",
    "??",
    "??:0",
    "0x0000000000000010",
    "f",
    "/src/a.c:?",
    "",
  ].join("\n");
  expect(parseAnswers(output, 3)).toEqual([
    [
      { function: "write_nowhere", file: "/src/twq/faults.c", line: 41 },
      { function: "fault_oops", file: "/src/twq/faults.c", line: 46 },
    ],
    [],
    [],
  ]);
});

test("refuses another number of answers than was asked for", () => {
  expect(() => parseAnswers("0x10\nf\n/a.c:1\n", 2)).toThrow(
    "addr2line gave 1 answers to 2 addresses",
  );
});

test("makes places or a trouble of whatever a program writes", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.json(),
    fc
      .array(fc.constantFrom("0x10", "f", "/a.c:1", "??", "??:0", "a:-1", "\r"))
      .map((all) => all.join("\n")),
  );
  fc.assert(
    fc.property(text, fc.nat(3), (answer, count) => {
      for (const read of [() => placesIn(answer), () => parseAnswers(answer, count).flat()]) {
        try {
          for (const { file, line } of read())
            expect([file !== "", line > 0]).toEqual([true, true]);
        } catch (error) {
          expect(error).toBeInstanceOf(ReaderTrouble);
        }
      }
    }),
    { numRuns: 500 },
  );
});
