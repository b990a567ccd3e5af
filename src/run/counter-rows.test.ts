/**
 * Rows of counters, from steps and replies as a guest gives them.
 */
import { describe, expect, test } from "vitest";
import {
  counters,
  powerOff,
  process,
  sleep,
  sysctl,
  type CountersOptions,
} from "../protocol/steps.js";
import { judgedRun, plannedSteps, reply } from "../../test/run-events.js";
import type { LaneHappening } from "./events.js";

const BEFORE = "init_count 1\nbuckets 0,0,2\nalloc 5\nfree 5\nname x\n";
const AFTER = "init_count 2\nbuckets 0,3,2\nalloc 6\nfree 6\nname x\n";

const content = (id: number, text: string): LaneHappening =>
  reply(id, "read-file", "ok", { content: text, truncated: false });

/** A block around one step: its snapshots are the steps 1 and 3. */
function block(options: CountersOptions = {}, column = "TWQDEBUG", before = BEFORE, after = AFTER) {
  const step = counters("/proc/twq", { steps: [sleep(1)], ...options });
  const answers = [content(1, before), reply(2, "sleep", "ok"), content(3, after)];
  const { rows, ...judgement } = judgedRun([step], answers, { kernel: column });
  return { rows: rows.slice(1), ...judgement };
}

const under = (step: string, seen: string, result = "shown", expected = "") => ({
  ...{ step, of: "counters /proc/twq", seen, expected, result },
});

test("what changed is rows below the block's own", () => {
  expect(block().rows).toEqual([
    { step: "counters /proc/twq", seen: "4 of 7 changed", expected: "", result: "shown" },
    under("init_count", "+1"),
    under("buckets[1]", "+3"),
    under("alloc", "+1"),
    under("free", "+1"),
  ]);
  expect(block({}, "TWQDEBUG", BEFORE, BEFORE).rows).toEqual([
    { step: "counters /proc/twq", seen: "none of 7 changed", expected: "", result: "shown" },
  ]);
});

test("what is expected is a row also where it did not change", () => {
  const expected = { init_count: "+1", "buckets[1]": 3, "buckets[2]": "= 0", alloc: ">= 1" };
  const { rows, verdict, title } = block({ expect: expected });
  expect(rows.slice(1)).toEqual([
    under("init_count", "+1", "met", "+1"),
    under("buckets[1]", "+3", "met", "3"),
    under("buckets[2]", "0", "met", "= 0"),
    under("alloc", "+1", "met", ">= 1"),
    under("free", "+1"),
  ]);
  expect([verdict, title]).toEqual(["passed", "4 as expected, 2 shown"]);
});

test("relations between counters are of their changes, or of what they are afterwards", () => {
  const expected = [
    "alloc == free",
    { "alloc - free": "= 0", "alloc + free": "2" },
    "value(alloc) = 6",
    { "value(free)": 6 },
    "alloc < free",
  ];
  const { rows, verdict, evidence } = block({ expect: expected });
  expect(rows.slice(1, 7)).toEqual([
    under("alloc == free", "1 and 1", "met", "to hold"),
    under("alloc - free", "0", "met", "= 0"),
    under("alloc + free", "+2", "met", "2"),
    under("value(alloc) = 6", "6 and 6", "met", "to hold"),
    under("value(free)", "6", "met", "6"),
    under("alloc < free", "1 and 1", "unmet", "to hold"),
  ]);
  expect(verdict).toBe("failed");
  expect(evidence).toEqual(["counters /proc/twq: alloc < free: expected to hold, saw 1 and 1"]);
});

test.each([
  ["init_cuont", "no counter init_cuont; did you mean init_count?"],
  ["buckets", "buckets has 3 buckets, buckets[0] is the first"],
  ["buckets[3]", "no counter buckets[3]; did you mean buckets[0]?"],
  ["name", 'no number: "x"'],
  ["init_count + nothing_at_all", "no counter nothing_at_all"],
])("%s is never met", (counter, seen) => {
  for (const wanted of ["= 0", ">= 0", "!= 1", "<= baseline"]) {
    const { rows, verdict } = block({ expect: { [counter]: wanted } });
    expect(rows[1]).toMatchObject({ step: counter, seen, result: "unmet" });
    expect(verdict).toBe("failed");
  }
  expect(block({ expect: `init_count <= ${counter}` }).rows[1]!.result).toBe("unmet");
});

describe("counters that could not be read", () => {
  const step = (options: CountersOptions) => [
    counters("kern.twq.*", { steps: [sleep(1)], ...options }),
  ];
  const missing = (id: number) => reply(id, "sysctl-tree", "errno", { errno: 2 });
  const answers = [missing(1), reply(2, "sleep", "ok"), missing(3)];

  test("are shown where nothing is expected of them", () => {
    const elsewhere = step({ expect: { TWQDEBUG: { init_count: "+1" } } });
    expect(judgedRun(elsewhere, answers, { kernel: "stock" }).rows[1]).toEqual({
      ...{ step: "counters kern.twq.*", seen: "ENOENT", expected: "", result: "shown" },
    });
  });

  test("are not as expected where something is, whatever it is", () => {
    const { rows, verdict } = judgedRun(step({ expect: { init_count: ">= 0" } }), answers);
    expect(rows[1]).toMatchObject({ seen: "ENOENT", expected: "counters", result: "unmet" });
    expect(verdict).toBe("failed");
  });

  test.each([
    ["no reply", []],
    ["timed out", [reply(1, "sysctl-tree", "timed-out")]],
    ["refused: x", [reply(1, "sysctl-tree", "refused", { reason: "x" })]],
  ])("because of %s are never shown", (seen, first) => {
    const { rows } = judgedRun(step({}), [...first, ...answers.slice(1)]);
    expect(rows[1]).toMatchObject({ seen, result: "unmet" });
  });

  test("of several sources say which", () => {
    const two = counters(["/proc/twq", "/proc/none"], { steps: [sleep(1)] });
    const seen = [content(1, "a 1\n"), reply(2, "read-file", "errno", { errno: 2 })];
    expect(judgedRun([two], seen).rows[1]).toMatchObject({ seen: "/proc/none: ENOENT" });
  });

  test("because there are too many say so", () => {
    const much = reply(1, "sysctl-tree", "ok", { content: "", truncated: true });
    expect(judgedRun(step({}), [much, ...answers.slice(1)]).rows[1]).toMatchObject({
      seen: "more than 4096 counters",
    });
    const many = Array.from({ length: 5000 }, (_, at) => `c${at} 1\n`).join("");
    expect(block({}, "x", many, many).rows[0]!.seen).toBe("5000 counters, more than 4096");
    expect(block({}, "x", "", "").rows[0]!.seen).toBe("no counters there");
  });
});

test("of many that changed some are shown, and all are counted", () => {
  const file = (value: number) =>
    Array.from({ length: 70 }, (_, at) => `c${at} ${value}\n`).join("");
  const { rows } = block({}, "x", file(0), file(1));
  expect(rows).toHaveLength(66);
  expect(rows.at(-1)).toMatchObject({ step: "…", seen: "6 more changed" });
});

describe("the plan", () => {
  const contexts = (steps: Parameters<typeof plannedSteps>[0]) =>
    plannedSteps(steps).map(({ name, context }) => `${context}: ${name}`);

  test("reads the counters of a process in the main process, which is there when that has ended", () => {
    const inner = [counters("kern.twq.*", { steps: [sleep(1)] })];
    expect(contexts([process("p", inner)])).toEqual([
      "p: start p",
      "main: kern.twq.* before",
      "p: sleep 1 ms",
      "main: kern.twq.* after",
      "main: counters kern.twq.*",
    ]);
  });

  test("reads those of the whole probe first and last, and restores what was set before that", () => {
    const steps = [sysctl.set("a.b", 1), sleep(1), counters("/x"), powerOff()];
    expect(contexts(steps)).toEqual([
      "main: /x before",
      "main: a.b = 1",
      "main: sleep 1 ms",
      "main: restore a.b",
      "main: /x after",
      "main: counters /x",
      "main: power off",
    ]);
  });
});

test("one number that becomes buckets, or was some, is compared with none of them", () => {
  for (const [before, after] of [
    ["a 1,2\nb 0\n", "a 4\nb 0\n"],
    ["a 1\nb 0\n", "a 4,2\nb 0\n"],
  ] as const) {
    const { rows } = block({ expect: { a: ">= 0" } }, "x", before, after);
    expect(rows[1]).toMatchObject({ step: "a", result: "unmet" });
    expect(rows[1]?.seen).toContain("no number: ");
  }
});

test("a name with parentheses is the counter's of that name, and one without buckets says so", () => {
  const file = "Active(anon): 5 kB\nLOC 7\n";
  const expected = { "Active(anon)": "= 0", "`Active(anon)`": 0, "LOC[0]": 0 };
  const { rows } = block({ expect: [expected, "value(`Active(anon)`) = 5"] }, "x", file, file);
  expect(rows.slice(1)).toMatchObject([
    { result: "met" },
    { result: "met" },
    { result: "unmet", seen: "LOC has no buckets" },
    { result: "met" },
  ]);
});

test("several rules of one counter are a row each", () => {
  const { rows } = block({ expect: [{ alloc: ">= 1" }, { alloc: "< 1" }, { alloc: "!= 0" }] });
  expect(rows.slice(1, 4)).toEqual([
    under("alloc", "+1", "met", ">= 1"),
    under("alloc < 1", "+1", "unmet", "< 1"),
    under("alloc != 0", "+1", "met", "!= 0"),
  ]);
});

test.each([
  [{ init_count: "+x y" }, 'init_count: found "y" at character 4'],
  [{ TWQDEBUG: { init_count: "~" } }, "counters x for TWQDEBUG: init_count: found"],
  [{ init_count: "a == b" }, 'init_count: found "a == b"'],
  [">= 1", "name the counter"],
  [{}, "empty"],
  [{ init_count: undefined }, "init_count: found undefined"],
  [{ init_count: null }, "init_count: found null"],
  [{ init_count: NaN }, "init_count: found NaN"],
  [{ init_count: 2 ** 53 }, "init_count: found 9007199254740992"],
  [{ init_count: true }, "init_count: found true"],
  [{ init_count: /1/ }, "init_count: found /1/"],
  [{ init_count: 1, stock: { a: 1 } }, 'stock: found {"a":1}'],
  [{ init_count: ["+1", "+2"] }, "name the counter"],
  [[null], "found null"],
  [[5], "found 5"],
  [null, "found null"],
  [{ TWQDEBUG: [] }, "counters x for TWQDEBUG: found an empty"],
])("refuses %j", (expected, words) => {
  const build = () => counters("x", { name: "counters x", expect: expected as never });
  try {
    build();
  } catch (error) {
    expect(`${String(error)} ${(error as { hint?: string }).hint}`).toContain(words);
    return;
  }
  expect.unreachable();
});
