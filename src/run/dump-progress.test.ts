import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import { openDumpProgress } from "./dump-progress.js";

function progressAt() {
  const now = { ms: 0, written: 0 };
  const clock = { nowMs: () => now.ms, lostMs: () => 0 };
  const progress = openDumpProgress("", () => String(now.written), clock);
  const after = (ms: number, isWritten: boolean): boolean => {
    now.ms += ms;
    if (isWritten) now.written += 1;
    return progress.goesOn();
  };
  return after;
}

test("a kernel that does not begin to dump is not waited for beyond its time", () => {
  const after = progressAt();
  expect([after(1_500, false), after(9_000, false), after(1_500, false)]).toEqual([
    true,
    true,
    false,
  ]);
});

test("one that writes is waited for, until it stops writing", () => {
  const after = progressAt();
  expect(after(0, false)).toBe(true);
  for (let round = 0; round < 60; round += 1) expect(after(9_000, true)).toBe(true);
  expect(after(29_000, false)).toBe(true);
  expect(after(1_500, false)).toBe(false);
});

test("one that tells how far it is gets on, too, and no other words count", () => {
  const now = { ms: 0 };
  const progress = openDumpProgress("", () => "", { nowMs: () => now.ms, lostMs: () => 0 });
  const said = (text: string): boolean => {
    progress.heard(Buffer.from(text));
    now.ms += 9_000;
    return progress.goesOn();
  };
  expect([progress.goesOn(), said("Uptime: 1s\r\n"), said("noise\r\n")]).toEqual([
    true,
    true,
    false,
  ]);
  expect([said("Dumping 77 out"), said(" of 477 MB:"), said("..20%")]).toEqual([false, true, true]);
  now.ms += 30_000;
  expect(progress.goesOn()).toBe(false);
});

test("one that writes for ever is not", () => {
  const after = progressAt();
  const rounds = Array.from({ length: 1000 }, () => after(1_500, true));
  expect(rounds.indexOf(false)).toBe(600);
});

test("what is written to the file counts, whatever its size", () => {
  const path = join(tempFolder("progress"), "dump.raw");
  writeFileSync(path, "");
  let ms = 0;
  const clock = { nowMs: () => ms, lostMs: () => 0 };
  const progress = openDumpProgress(path, undefined, clock);
  expect(progress.goesOn()).toBe(true);
  ms = 9_999;
  appendFileSync(path, "x");
  expect(progress.goesOn()).toBe(true);
  ms = 39_000;
  expect(progress.goesOn()).toBe(true);
  ms = 40_000;
  expect(progress.goesOn()).toBe(false);
});
