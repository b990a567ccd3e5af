import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { freebsdMarks } from "../src/console/marks-freebsd.js";
import { linuxMarks } from "../src/console/marks-linux.js";

const page = readFileSync(new URL("../docs/console-marks.md", import.meta.url), "utf8");

describe.each([
  ["freebsd", freebsdMarks],
  ["linux", linuxMarks],
])("the mark table of %s", (_, table) => {
  test("has every row in docs/console-marks.md", () => {
    const missing = table.rows.filter((row) => !page.includes(`| \`${row.name}\` `));
    expect(missing.map((row) => row.name)).toEqual([]);
  });

  test("has anchored patterns only", () => {
    for (const row of table.rows) expect(row.pattern.source).toMatch(/^\^/);
  });

  test("has bounded repetitions in front of more pattern", () => {
    for (const row of table.rows)
      expect(row.pattern.source).not.toMatch(/(?:\.|\\S|\\s|\])[*+]\??[^$)]/);
  });

  test("is confirmed by signals that exist", () => {
    const signals = table.signals.map((signal) => signal.name);
    const named = table.rows.flatMap((row) =>
      row.kind === "prompt" ? [] : (row.confirmedBy ?? []),
    );
    expect(named.filter((name) => !signals.includes(name))).toEqual([]);
  });

  test("names a row once", () => {
    const names = table.rows.map((row) => row.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
