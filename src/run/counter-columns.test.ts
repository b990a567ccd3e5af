/**
 * Counters of one column beside those of another.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../host/paths.js";
import { counters, sleep, syscall, type CountersOptions } from "../protocol/steps.js";
import {
  ended,
  end,
  hello,
  mark,
  phase,
  plannedSteps,
  reply,
  started,
  timed,
} from "../../test/run-events.js";
import type { LaneHappening } from "./events.js";
import { recordColumn, recordRun, type ColumnRecord } from "./record.js";

const BEFORE = "init_count 1\nbuckets 0,0,2\nalloc 5\nfree 5\nname x\n";
const AFTER = "init_count 2\nbuckets 0,3,2\nalloc 6\nfree 6\nname x\n";

const content = (id: number, text: string): LaneHappening =>
  reply(id, "read-file", "ok", { content: text, truncated: false });

describe("beside another column", () => {
  const expected = { init_count: "<= 1.5 × baseline + 1", alloc: "== stock", free: "> other" };

  function eventsOf(kernel: string, after: string, expect: NonNullable<CountersOptions["expect"]>) {
    const step = counters("/proc/twq", { steps: [sleep(1)], expect });
    const steps = [step, syscall({ name: "getpid", nr: 39, expect: /./ })];
    return timed([
      ...[started({ kernel, steps: plannedSteps(steps) }), phase("load"), mark(), hello()],
      ...[phase("probe"), content(1, BEFORE), reply(2, "sleep", "ok"), content(3, after)],
      ...[reply(5, "syscall", "ok", { rc: 7 }), end(), ended("powered-off")],
    ]);
  }

  function columns(
    afters: Readonly<Record<string, string>>,
    wanted: NonNullable<CountersOptions["expect"]> = expected,
  ): readonly ColumnRecord[] {
    const read = Object.entries(afters).map(([kernel, after]) => ({
      place: { kernel, folder: `/${kernel}`, consoleLog: `/${kernel}/console.log` },
      events: eventsOf(kernel, after, wanted),
    }));
    const alone = read.map(({ place, events }) => recordColumn(place, events));
    return read.map(({ place, events }) => recordColumn(place, events, alone));
  }

  const rowsOf = (column: ColumnRecord | undefined) =>
    column?.steps
      .filter(({ of }) => of !== undefined)
      .map(({ step: name, seen, expected: wanted, result }) => [name, seen, wanted, result]);

  const after = (init: number) => `init_count ${init}\nbuckets 0,0,2\nalloc 6\nfree 8\nname x\n`;

  test("a counter is compared with the same one there, and the baseline is only looked at", () => {
    const [stock, mine] = columns({ stock: after(3), mine: after(5), other: AFTER });
    expect(rowsOf(stock)).toEqual([
      ["init_count", "+2", "", "shown"],
      ["alloc", "+1", "", "shown"],
      ["free", "+3", "> other, which is 1", "met"],
    ]);
    expect(rowsOf(mine)?.[0]).toEqual([
      "init_count",
      "+4",
      "<= 1.5 × baseline + 1, which is 4",
      "met",
    ]);
    const [, worse] = columns({ stock: after(3), mine: after(6), other: AFTER });
    expect(rowsOf(worse)?.[0]).toMatchObject([expect.anything(), "+5", expect.anything(), "unmet"]);
    expect(worse?.verdict).toBe("failed");
  });

  test.each([["alloc == stock(alloc)"], ["alloc <= baseline(alloc)"]])(
    "%s is only looked at in the column itself",
    (relation) => {
      const [stock, mine] = columns({ stock: AFTER, mine: AFTER }, relation);
      expect(rowsOf(stock)?.[0]?.[3]).toBe("shown");
      expect(rowsOf(mine)?.[0]?.[3]).toBe("met");
    },
  );

  test.each([
    ["alloc <= baseline", "baseline of which counter? write baseline(NAME)"],
    ["alloc <= stok(alloc)", "no column stok in this run; did you mean stock?"],
    ["alloc <= valu(alloc)", "no column valu in this run; did you mean value?"],
  ])("%s says what is wrong", (relation, words) => {
    const [, mine] = columns({ stock: AFTER, mine: AFTER }, relation);
    expect(rowsOf(mine)?.[0]).toMatchObject([
      relation,
      expect.stringContaining(words),
      "to hold",
      "unmet",
    ]);
  });

  test("without a column to compare with nothing is met", () => {
    const [alone] = columns({ mine: after(1) });
    expect(rowsOf(alone)?.map(([, seen, , result]) => [seen, result])).toEqual([
      ["0: no column to compare with in this run", "unmet"],
      ["+1: no counter or column stock", "unmet"],
      ["+3: no counter or column other", "unmet"],
    ]);
  });

  test("without stock the first column is the one to compare with", () => {
    const [first, second] = columns({ one: after(3), two: after(5) });
    expect(rowsOf(first)?.[0]?.[3]).toBe("shown");
    expect(rowsOf(second)?.[0]).toMatchObject(["init_count", "+4", expect.anything(), "met"]);
  });

  test("the table has each column's cell, and the record each change", () => {
    const records = columns({ stock: after(1), mine: after(5) });
    const table = recordRun("x", "/x", new Date(0), records, false).transitions;
    expect(table.map(({ step: name, of }) => [name, of])).toEqual([
      ["booted", undefined],
      ["sleep 1 ms", undefined],
      ["counters /proc/twq", undefined],
      ...["init_count", "alloc", "free"].map((name) => [name, "counters /proc/twq"]),
      ["getpid", undefined],
    ]);
    expect(table[3]?.columns).toEqual({ stock: "0", mine: "+4" });
    const schema = readFileSync(join(packageRoot(), "docs", "record.schema.json"), "utf8");
    const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
    const record = JSON.parse(
      JSON.stringify(recordRun("x", "/x", new Date(0), records, false)),
    ) as object;
    expect(ajv.validate(JSON.parse(schema) as object, record), ajv.errorsText()).toBe(true);
    expect(records[1]?.counters).toMatchObject([
      {
        step: "counters /proc/twq",
        trouble: null,
        changed: { init_count: { before: 1, after: 5, change: 4 }, alloc: { change: 1 } },
        unchanged: { "buckets[2]": 2 },
      },
    ]);
  });
});
