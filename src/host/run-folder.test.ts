import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { makeRunFolder, openLog, withDiskErrors } from "./run-folder.js";
import { tempFolder } from "../../test/temp-folder.js";

let base = "";

beforeEach(() => {
  base = tempFolder("run");
});

test("replaces an earlier run and nothing else", () => {
  const folder = makeRunFolder(join(base, "out"), ["stock"]);
  mkdirSync(join(folder, "stock"));
  writeFileSync(join(folder, "stock", "console.log"), "old");
  writeFileSync(join(folder, "notes.txt"), "mine");
  makeRunFolder(folder, ["TWQDEBUG"]);
  expect(existsSync(join(folder, "stock"))).toBe(false);
  expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
});

test("refuses a folder that is not a run, and leaves it as it was", () => {
  writeFileSync(join(base, "thesis.tex"), "years of work");
  expect(() => makeRunFolder(base, ["stock"])).toThrow(
    /holds thesis.tex, expected an empty folder/,
  );
  expect(readdirSync(base)).toEqual(["thesis.tex"]);
});

test("refuses a folder that cannot be made", () => {
  writeFileSync(join(base, "file"), "");
  expect(() => makeRunFolder(join(base, "file", "out"), [])).toThrow(
    expect.objectContaining({ code: "out-not-writable", who: "usage" }) as Error,
  );
});

test("appends each chunk before the next", () => {
  using log = openLog(join(base, "deep", "console.log"));
  log.append("a");
  log.append(new Uint8Array([0xff, 0x00]));
  expect([...readFileSync(log.path)]).toEqual([0x61, 0xff, 0x00]);
});

test("calls a full disk by its name", () => {
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  expect(() =>
    withDiskErrors("/out/console.log", () => {
      throw full;
    }),
  ).toThrow(expect.objectContaining({ code: "disk-full", who: "host" }) as Error);
});

test.runIf(existsSync("/dev/full"))("notices a disk that is full while a log grows", () => {
  using log = openLog("/dev/full");
  expect(() => log.append("x")).toThrow(/no space is left/);
});
