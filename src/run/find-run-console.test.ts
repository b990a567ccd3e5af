import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findRunConsole, isRunFolder } from "./find-run-console.js";
import { tempFolder } from "../../test/temp-folder.js";

/** @param columns by name, whether the column's guest runs */
function runOf(columns: Readonly<Record<string, boolean>>): string {
  const folder = tempFolder("run");
  for (const [name, runs] of Object.entries(columns)) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "events.jsonl"), "");
    if (runs) writeFileSync(join(folder, name, "console.json"), `{"socket":"/s/${name}"}`);
  }
  return folder;
}

test("the only column is meant, also when it is over", () => {
  const folder = runOf({ stock: false });
  expect(findRunConsole(folder)).toEqual({ folder: join(folder, "stock"), kernel: "stock" });
});

test("of several columns the one that runs is meant, or the one that is named", () => {
  const folder = runOf({ stock: false, TWQDEBUG: true });
  expect(findRunConsole(folder)).toMatchObject({ kernel: "TWQDEBUG", socket: "/s/TWQDEBUG" });
  expect(findRunConsole(join(folder, "stock"))).toMatchObject({ kernel: "stock" });
});

test.each([
  ["none", { stock: false, TWQDEBUG: false }],
  ["more than one", { stock: true, TWQDEBUG: true }],
])("asks which column is meant when %s runs", (_, columns) => {
  expect(() => findRunConsole(runOf(columns))).toThrow(
    expect.objectContaining({ code: "console-ambiguous", who: "usage" }) as Error,
  );
});

test("knows the folder of a run from any other, and from a name", () => {
  expect(isRunFolder(runOf({ stock: true }))).toBe(true);
  expect(isRunFolder(runOf({}))).toBe(false);
  expect(isRunFolder("twq")).toBe(false);
});
