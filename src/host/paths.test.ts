import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeFolder } from "./make-folder.js";
import { cacheFolder, findProgram, stateFolder } from "./paths.js";
import { tempFolder } from "../../test/temp-folder.js";

let folder = "";
beforeEach(() => {
  folder = tempFolder("paths");
});
afterEach(() => vi.unstubAllEnvs());

function program(...path: readonly string[]): string {
  const file = join(folder, ...path);
  makeFolder(join(file, ".."));
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
  return file;
}

test("a program is a file that may be executed, of the first folder in PATH that has one", () => {
  mkdirSync(join(folder, "one", "tool"), { recursive: true });
  mkdirSync(join(folder, "two"));
  writeFileSync(join(folder, "two", "tool"), "text");
  mkdirSync(join(folder, "three"));
  symlinkSync(join(folder, "nowhere"), join(folder, "three", "tool"));
  const found = program("four", "tool");
  program("five", "tool");
  const folders = [
    "",
    ...["one", "two", "three", "four", "five"].map((name) => join(folder, name)),
  ];
  vi.stubEnv("PATH", folders.join(delimiter));
  expect(findProgram("tool")).toBe(found);
  expect(findProgram("none")).toBeUndefined();
});

test("what processes tell each other is in the cache, and beside it where that cannot be written", () => {
  vi.stubEnv("TMPDIR", folder);
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  expect(stateFolder()).toBe(join(folder, "cache", "kernlane"));
  // Nobody can make a folder there, not even root.
  vi.stubEnv("XDG_CACHE_HOME", "/proc/none");
  expect(cacheFolder()).toBe("/proc/none/kernlane");
  expect(stateFolder()).toBe(join(folder, `kernlane-of-${process.getuid!()}`));
});

test("a link of somebody else's is not taken for the folder in the temporary folder", () => {
  vi.stubEnv("TMPDIR", folder);
  vi.stubEnv("XDG_CACHE_HOME", "/proc/none");
  mkdirSync(join(folder, "theirs"));
  symlinkSync(join(folder, "theirs"), join(folder, `kernlane-of-${process.getuid!()}`));
  expect(stateFolder).toThrow(
    expect.objectContaining({
      code: "cache-not-writable",
      who: "host",
      hint: expect.stringContaining("XDG_CACHE_HOME") as string,
    }) as Error,
  );
});

test("folders are made with those above them, and a folder that can never exist ends in an error", () => {
  makeFolder(join(folder, "a", "b", "c"));
  makeFolder(join(folder, "a", "b", "c"));
  expect(() => makeFolder("/proc/none/a/b")).toThrow("ENOENT");
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(join(folder, "file", "a"))).toThrow("ENOTDIR");
});
