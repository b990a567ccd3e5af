import { expect, test } from "vitest";
import { openSysrqAnswers } from "./sysrq-answers.js";

function answersIn(lines: readonly string[]) {
  const reader = openSysrqAnswers();
  const found = [...lines.map((line) => reader.line(line)), reader.end()];
  return found.flatMap((one) => (one ? [[one.question, one.lines.length]] : []));
}

test("each key's answer ends at the next key, and at a line of the agent", () => {
  expect(
    answersIn([
      "[    9.1] before",
      "[    9.2] sysrq: Show Blocked State",
      "[    9.3] task:init            state:D stack:0     pid:30",
      "[    9.4][   T12] sysrq: Show Locks Held",
      "[    9.5] Showing all locks held in the system:",
      "kernlane: step 3 next",
      "[    9.6] after",
    ]),
  ).toEqual([
    ["w", 2],
    ["d", 2],
  ]);
});

test("what a program prints between a kernel's lines with times is none of it", () => {
  expect(answersIn(["[    9.2] sysrq: Show State", "a program's line", "[    9.3] later"])).toEqual(
    [["t", 1]],
  );
});

test("old kernels, and kernels without times", () => {
  expect(answersIn(["sysrq: SysRq : Show Blocked State", "task", "stack"])).toEqual([["w", 3]]);
});

test("other keys, and those that are refused, are no answer", () => {
  expect(
    answersIn([
      "[    9.2] sysrq: Changing Loglevel",
      "[    9.3] sysrq: HELP : loglevel(0-9) reboot(b)",
      "[    9.4] sysrq: This sysrq operation is disabled.",
    ]),
  ).toEqual([]);
});
