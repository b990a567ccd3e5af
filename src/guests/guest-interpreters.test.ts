import { expect, test } from "vitest";
import { buildElf } from "../../test/fixtures/elf-file.js";
import type { GuestFile } from "./guest.js";
import { requireInterpreters } from "./guest-interpreters.js";
import { openLinux } from "./linux/linux.js";

const file = (content: Uint8Array | string, path = "/kernlane/bin/probe"): GuestFile => ({
  ...{ path, mode: 0o755, why: "the lane's file" },
  content: Buffer.from(content),
});

function dynamic(interpreter: string): Buffer {
  return buildElf({ segments: [{ type: 3, bytes: Buffer.from(`${interpreter}\0`) }] });
}

const LINKER = "/lib64/ld-linux-x86-64.so.2";
const none = (): boolean => false;

test.each([
  ["a dynamic program", dynamic(LINKER), LINKER],
  ["a script", "#!/bin/sh\nexit 0\n", "/bin/sh"],
  ["a script with an option", "#! /usr/bin/perl -w\n", "/usr/bin/perl"],
  ["a script of env's", "#!/usr/bin/env python3\n", "/usr/bin/env"],
])("refuses %s whose interpreter the guest lacks", (_, content, interpreter) => {
  expect(() => requireInterpreters([file(content)], none)).toThrow(
    expect.objectContaining({
      code: "interpreter-missing",
      who: "image",
      message: `/kernlane/bin/probe needs ${interpreter}, which the guest does not have`,
    }) as Error,
  );
});

test("takes an interpreter that the guest has, or that is put into it", () => {
  expect(() =>
    requireInterpreters([file(dynamic(LINKER))], (path) => path === LINKER),
  ).not.toThrow();
  const linker = file(buildElf({ segments: [] }), LINKER);
  expect(() => requireInterpreters([file(dynamic(LINKER)), linker], none)).not.toThrow();
});

test("what env(1) is to look for has to be in one of the usual folders", () => {
  const script = file("#!/usr/bin/env python3\n");
  const has =
    (...paths: readonly string[]) =>
    (path: string) =>
      paths.includes(path);
  expect(() => requireInterpreters([script], has("/usr/bin/env"))).toThrow(/needs python3/);
  expect(() =>
    requireInterpreters([script], has("/usr/bin/env", "/usr/local/bin/python3")),
  ).not.toThrow();
});

test("static programs and data need none", () => {
  const files = [file(buildElf({ segments: [] })), file("a text\n"), file(""), file("#!no path\n")];
  expect(() => requireInterpreters(files, none)).not.toThrow();
});

test("a Linux guest has only what is put into it", () => {
  const input = {
    ...{ kernel: { path: "/k", identity: { label: "6.1.0" }, origin: "given" }, folder: "/r" },
    ...({ diskFormat: "raw", memoryMiB: 512, guestDeadlineMs: 1000, timeSeconds: 0 } as const),
    files: [file("#!/bin/sh\n")],
  };
  expect(() => openLinux().planStaging(input)).toThrow(/needs \/bin\/sh/);
});
