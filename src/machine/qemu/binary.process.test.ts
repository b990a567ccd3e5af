import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { installScript, makeFolder } from "../../../test/stand-ins/install.js";
import { findQemu } from "./binary.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Makes a program `qemu-stand-in` the only one in PATH. */
function putInPath(body: string): string {
  const standIns = makeFolder();
  vi.stubEnv("PATH", standIns.folder);
  return installScript(standIns, "qemu-stand-in", body);
}

test.each([
  ["QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)", "7.2.22"],
  ["QEMU emulator version 10.0.0", "10.0.0"],
  ["QEMU emulator version 6.0", "6.0"],
])("reads the version of %s", async (said, version) => {
  const path = putInPath(`echo "${said}"`);
  expect(await findQemu("qemu-stand-in")).toEqual({ path, version });
});

test("asks one program once, and another one in its place again", async () => {
  const path = putInPath('echo asked >> "$0.log"; echo "QEMU emulator version 7.2.22"');
  const first = await findQemu("qemu-stand-in");
  expect(await findQemu("qemu-stand-in")).toEqual(first);
  expect(readFileSync(`${path}.log`, "utf8")).toBe("asked\n");
  writeFileSync(path, '#!/bin/sh\necho "QEMU emulator version 8.0.1"\n');
  expect((await findQemu("qemu-stand-in")).version).toBe("8.0.1");
});

test("says that QEMU is missing, and how it is installed", async () => {
  vi.stubEnv("PATH", join(makeFolder().folder, "empty"));
  await expect(findQemu("qemu-stand-in")).rejects.toMatchObject({
    code: "qemu-missing",
    who: "host",
    message: "qemu-stand-in was not found in PATH",
    hint: expect.stringMatching(/install/) as string,
  });
});

test("refuses a QEMU that is too old", async () => {
  putInPath('echo "QEMU emulator version 5.2.0"');
  await expect(findQemu("qemu-stand-in")).rejects.toMatchObject({
    code: "qemu-too-old",
    message: expect.stringContaining("is version 5.2.0, expected 6.0 or later") as string,
  });
});

test.each([
  [
    "echo libslirp.so.0: cannot open shared object file >&2; exit 127",
    /status 127 and said: libslirp/,
  ],
  ["echo this is no QEMU", /status 0 and said: this is no QEMU/],
  ["exit 3", /status 3 and said: nothing/],
])("says what a broken QEMU said: %s", async (body, message) => {
  putInPath(body);
  await expect(findQemu("qemu-stand-in")).rejects.toMatchObject({
    code: "qemu-broken",
    message: expect.stringMatching(message) as string,
  });
});
