import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/temp-folder.js";
import { nameKernel } from "./kdump-header.js";

const INFO_AT = 5000;

function dump(info: string, { at = INFO_AT, sizeBytes = info.length } = {}): string {
  const bytes = Buffer.alloc(INFO_AT + info.length);
  bytes.write("KDUMP   ", 0, "latin1");
  bytes.write("x86_64", 12 + 4 * 65, "latin1");
  bytes.writeBigUInt64LE(BigInt(at), 4128);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 4136);
  bytes.write(info, INFO_AT, "latin1");
  const path = join(tempFolder("kdump"), "vmcore");
  writeFileSync(path, bytes);
  return path;
}

function namesIn(path: string): readonly string[] {
  const header = readFileSync(path);
  return Array.from({ length: 6 }, (_, index) =>
    header.toString("latin1", 12 + index * 65, 77 + index * 65).replace(/\0.*$/s, ""),
  );
}

test("names the kernel as it has described itself, and the machine as it was named", async () => {
  const path = dump("PAGESIZE=4096\nOSRELEASE=6.1.192-TWQDEBUG\nBUILD-ID=4e8341\n");
  expect(await nameKernel(path)).toBe(true);
  expect(namesIn(path)).toEqual([
    "Linux",
    "(none)",
    "6.1.192-TWQDEBUG",
    "(none)",
    "x86_64",
    "(none)",
  ]);
});

test("leaves a dump as it is whose kernel has not, or not readably", async () => {
  const silent = dump("");
  expect(await nameKernel(silent)).toBe(false);
  expect(namesIn(silent)).toEqual(["", "", "", "", "x86_64", ""]);
  for (const path of [
    dump("OSRELEASE=\x01\x02\n"),
    dump(`OSRELEASE=${"a".repeat(65)}\n`),
    dump("OSRELEASE=6.1\n", { at: 2 ** 60 }),
    dump("OSRELEASE=6.1\n", { at: 1e9, sizeBytes: 1e15 }),
  ]) {
    expect(await nameKernel(path)).toBe(true);
    expect(namesIn(path)).toEqual(["", "", "", "", "x86_64", ""]);
  }
});

test("takes no other file for a dump", async () => {
  const path = join(tempFolder("kdump"), "vmcore");
  writeFileSync(path, "\x7fELF");
  expect(await nameKernel(path)).toBe(false);
  expect(readFileSync(path, "latin1")).toBe("\x7fELF");
});
