import { expect, test } from "vitest";
import { LaneError } from "../base/errors.js";
import type { Guest, KeptDump } from "../guests/guest.js";
import { findDumpScene } from "./dump-scene.js";
import type { DumpScene } from "./scene.js";

const none: KeptDump = {
  ...{ sizeBytes: 0, isComplete: false, how: "written by the kernel" },
  problem: "the kernel has written no dump",
};

function sceneOf(
  keepDump: () => Promise<KeptDump>,
  { hasDied = true, signal = new AbortController().signal } = {},
): Promise<DumpScene | undefined> {
  const plan = {
    ...{ folder: "/runs/1/stock", guest: "freebsd" },
    file: { path: "/nowhere/kernel", identity: { label: "k" }, origin: "given", slot: "K" },
    symbols: { given: [] },
    staging: { dump: { path: "/runs/1/stock/dump.raw", sizeBytes: 1 } },
  };
  const search = { request: {}, plan, guest: { keepDump } as Partial<Guest>, hasDied, signal };
  return findDumpScene(search as unknown as Parameters<typeof findDumpScene>[0]);
}

test("a kernel that died without a dump is told of, and one that did not die is not", async () => {
  expect(await sceneOf(() => Promise.resolve(none))).toEqual({
    ...{ kind: "dump", guest: "freebsd", bytes: 0, complete: false },
    ...{ how: "written by the kernel", problem: "the kernel has written no dump" },
  });
  expect(await sceneOf(() => Promise.resolve(none), { hasDied: false })).toBeUndefined();
});

test("a dump is named from the column's folder, with or without symbols", async () => {
  const kept = { ...none, path: "/runs/1/stock/vmcore.0", sizeBytes: 7, isComplete: true };
  expect(await sceneOf(() => Promise.resolve(kept), { hasDied: false })).toMatchObject({
    ...{ file: "vmcore.0", bytes: 7, complete: true },
  });
});

test("a disk without room for it is a problem of the dump, and not of the run", async () => {
  const full = new LaneError("disk-full", "/runs has 1 KiB free");
  expect(await sceneOf(() => Promise.reject(full))).toMatchObject({
    problem: "the kernel's dump could not be kept: /runs has 1 KiB free",
  });
});

test("an interrupt is no problem of the dump", async () => {
  const stop = new AbortController();
  expect(
    await sceneOf(() => Promise.resolve(none), { signal: AbortSignal.abort() }),
  ).toBeUndefined();
  const late = sceneOf(
    () => {
      stop.abort(new Error("Ctrl-C"));
      return Promise.reject(new Error("Ctrl-C"));
    },
    { signal: stop.signal },
  );
  await expect(late).rejects.toThrow("Ctrl-C");
});
