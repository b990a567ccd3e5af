import { resolve } from "node:path";
import { expect, test } from "vitest";
import { syscall } from "../protocol/steps.js";
import type { LaneConfig } from "./lane.js";
import { resolveRequest, theKernelOf, type RunOptions } from "./request.js";

const probe = [syscall({ nr: 20 })];

function freebsd(lane: Partial<LaneConfig> = {}) {
  return {
    name: "mine",
    lane: { guest: "freebsd", probe, ...lane } satisfies LaneConfig,
    folder: "/lane",
  };
}

function columnsOf(lane: Partial<LaneConfig>, options: RunOptions = {}) {
  return resolveRequest(freebsd(lane), options).columns;
}

const usage = (code: string, words = "") =>
  expect.objectContaining({
    code,
    who: "usage",
    message: expect.stringContaining(words) as string,
  }) as Error;

test("FreeBSD guests always have the image's own kernel as their first column", () => {
  expect(columnsOf({})).toEqual([{ kernel: "stock", file: "auto", modules: false }]);
  expect(
    columnsOf({ kernels: { MINE: "obj/kernel" } }).map(({ kernel, file }) => [kernel, file]),
  ).toEqual([
    ["stock", "auto"],
    ["MINE", "/lane/obj/kernel"],
  ]);
  const asked = columnsOf({ kernels: { MINE: "obj/kernel" } }, { kernels: { OTHER: "k" } });
  expect(asked.map(({ kernel, file }) => [kernel, file])).toEqual([
    ["stock", "auto"],
    ["OTHER", resolve("k")],
  ]);
});

test("a file for the column of the image's own kernel is refused", () => {
  expect(() => columnsOf({ kernels: { stock: "obj/kernel" } })).toThrow(
    usage("stock-is-the-image", "stock=obj/kernel"),
  );
  expect(() => columnsOf({}, { kernels: { stock: "k" } })).toThrow(usage("stock-is-the-image"));
});

test("Linux guests have the columns that they name, and no image", () => {
  const lane = {
    name: "linux",
    lane: { guest: "linux", probe, kernels: { MINE: "k" } } satisfies LaneConfig,
    folder: "/lane",
  };
  expect(resolveRequest(lane, {}).columns.map(({ kernel }) => kernel)).toEqual(["MINE"]);
  expect(() => resolveRequest(lane, { image: "guest.raw" })).toThrow(
    usage("image-unused", "guest.raw"),
  );
});

test("only one column is left when one is asked for by name", () => {
  const kernels = { MINE: "k", OTHER: "o" };
  expect(columnsOf({ kernels }, { only: "MINE" }).map(({ kernel }) => kernel)).toEqual(["MINE"]);
  expect(columnsOf({ kernels }, { only: "stock" }).map(({ kernel }) => kernel)).toEqual(["stock"]);
  expect(() => columnsOf({ kernels }, { only: "MIEN" })).toThrow(
    usage("unknown-column", "stock, MINE, OTHER"),
  );
});

test("modules are wanted where the lane or the command line says so", () => {
  const kernels = { MINE: { file: "k", modules: true }, OTHER: "o" };
  const wanted = (options: RunOptions) =>
    columnsOf({ kernels }, options).map(({ modules }) => modules);
  expect(wanted({})).toEqual([false, true, false]);
  expect(wanted({ withModules: true })).toEqual([true, true, true]);
});

test("what the lane demands of a column binds a file that is given in its place", () => {
  const kernels = { MINE: { file: "k", ident: "TWQDEBUG" } };
  const [, mine] = columnsOf({ kernels }, { kernels: { MINE: "/other/kernel" } });
  expect(mine).toEqual({
    kernel: "MINE",
    file: "/other/kernel",
    ident: "TWQDEBUG",
    modules: false,
  });
});

test("the image is relative to the lane, or to the working folder when it is given", () => {
  expect(resolveRequest(freebsd({ image: "guest.raw" }), {}).image).toBe("/lane/guest.raw");
  expect(resolveRequest(freebsd({ image: "guest.raw" }), { image: "mine.raw" }).image).toBe(
    resolve("mine.raw"),
  );
  expect(resolveRequest(freebsd(), {}).image).toBeUndefined();
});

test("the one kernel that is meant is the only one besides stock, else stock", () => {
  expect(theKernelOf(freebsd(), {})).toBe("stock");
  expect(theKernelOf(freebsd({ kernels: { stock: "auto", MINE: "k" } }), {})).toBe("MINE");
  expect(theKernelOf(freebsd({ kernels: { MINE: "k" } }), { kernels: { OTHER: "o" } })).toBe(
    "OTHER",
  );
  const two = freebsd({ kernels: { MINE: "k", OTHER: "o" } });
  expect(() => theKernelOf(two, {})).toThrow(usage("kernel-ambiguous", "MINE, OTHER"));
});
