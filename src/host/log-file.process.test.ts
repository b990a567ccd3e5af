import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withDiskErrors, withSystemErrors } from "./disk-errors.js";
import { openLog } from "./log-file.js";
import { tempFolder } from "../../test/temp-folder.js";

const base = tempFolder("log");

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

test("does not write through a link of the log's name, unless the user named it", () => {
  const precious = join(base, "precious");
  writeFileSync(precious, "years of work");
  const link = join(base, "link");
  symlinkSync(precious, link);
  expect(() => openLog(link)).toThrow(
    expect.objectContaining({ code: "out-not-writable" }) as Error,
  );
  expect(readFileSync(precious, "utf8")).toBe("years of work");
  openLog(link, true)[Symbol.dispose]();
  expect(readFileSync(precious, "utf8")).toBe("");
});

test("refuses a pipe that nobody reads, and a folder that can never exist", () => {
  const pipe = join(base, "pipe");
  execFileSync("mkfifo", [pipe]);
  const refused = expect.objectContaining({ code: "out-not-writable", who: "usage" }) as Error;
  expect(() => openLog(pipe, true)).toThrow(refused);
  expect(() => openLog("/proc/kernlane/x/console.log")).toThrow(refused);
});

test.each([
  [() => readFileSync(join(base, "x".repeat(300))), "system-refused", /shorter names/],
  [() => writeFileSync("/dev/full", "x"), "disk-full", /free space/],
])("what the system refuses is the host's trouble, with a hint: %s", (work, code, hint) => {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = withSystemErrors(error);
  }
  expect(thrown).toMatchObject({ code, who: "host", hint: expect.stringMatching(hint) as string });
});

test("leaves what is no trouble of the system as it was", () => {
  const bug = new TypeError("undefined is not a function");
  expect(withSystemErrors(bug)).toBe(bug);
});
