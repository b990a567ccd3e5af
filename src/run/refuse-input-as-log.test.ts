import { existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunPlan } from "./plan.js";
import { refuseInputAsLog } from "./refuse-input-as-log.js";
import { tempFolder } from "../../test/temp-folder.js";

const folder = tempFolder("input-as-log");
for (const name of ["image", "kernel", "program", "other"]) writeFileSync(join(folder, name), name);
symlinkSync(join(folder, "image"), join(folder, "link"));
linkSync(join(folder, "kernel"), join(folder, "second-name"));

function refuse(log: string, isNamed = false): void {
  refuseInputAsLog({
    folder: join(folder, "run"),
    request: {
      image: join(folder, "image"),
      files: { "/probe": join(folder, "program") },
      ...(isNamed ? { serialLog: join(folder, log) } : {}),
    },
    columns: [{ consoleLog: join(folder, log), file: { path: join(folder, "kernel") } }],
  } as unknown as RunPlan);
}

function refusal(message: string): Error {
  return expect.objectContaining({
    code: "out-not-writable",
    who: "usage",
    message: expect.stringContaining(message) as string,
  }) as Error;
}

test.each(["image", "kernel", "program", "link", "second-name"])(
  "a log does not overwrite what the run reads: %s",
  (log) => {
    expect(() => refuse(log)).toThrow(refusal("would overwrite"));
  },
);

test("a log may be new, or another file", () => {
  for (const isNamed of [false, true]) {
    refuse("new", isNamed);
    refuse("other", isNamed);
  }
});

test.each([
  ["missing/deep/serial.log", "missing/deep for"],
  ["other/serial.log", "is not a folder"],
])("a log that was named is not put where there is no folder: %s", (log, message) => {
  expect(() => refuse(log, true)).toThrow(refusal(message));
  expect(existsSync(join(folder, "missing"))).toBe(false);
});

test("a log that was named may be in the folder that the run makes", () => {
  refuse("run/serial.log", true);
});

test("a folder is no log, and the message names the option that named it", () => {
  mkdirSync(join(folder, "logs"));
  expect(() => refuse("logs", true)).toThrow(refusal("--serial-log: "));
  expect(() => refuse("logs", true)).toThrow(refusal("is a folder, expected a file"));
});

test("a run's own log below a file is refused by who makes the folder of the run", () => {
  refuse("other/stock/console.log");
});
