import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/temp-folder.js";
import type { ExpectationInput } from "../protocol/expectation.js";
import { counters, process, syscall, thread } from "../protocol/steps.js";
import { theKernelOf } from "./columns.js";
import type { KernelConfig, LaneConfig } from "./lane.js";
import { resolveOneKernel, resolveRequest, type NamedLane, type RunOptions } from "./request.js";

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

test("blocks that cannot stand where they do are refused, as they would be left out of the run", () => {
  const whole = counters("kern.twq.*");
  for (const misplaced of [
    process("a", [whole]),
    counters("kern.*", { steps: [whole] }),
    process("a", [process("b", probe)]),
  ]) {
    expect(() => columnsOf({ probe: [...probe, misplaced] })).toThrow(usage("step-misplaced"));
  }
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

test("a run of a lane without steps is refused; a test may ask its guest, and a person may be at its console", () => {
  const lane = freebsd({ probe: [], image: "guest.raw" });
  for (const mode of ["run", "debug"] as const)
    expect(() => resolveRequest(lane, {}, mode)).toThrow(usage("lane-without-steps", '"mine"'));
  expect(resolveRequest(lane, {}, "live")).toMatchObject({ mode: "live", steps: [] });
  expect(resolveRequest(lane, {}, "interactive").mode).toBe("interactive");
});

test("a live guest has none of the lane's steps", () => {
  expect(resolveRequest(freebsd(), {}).steps).toEqual(probe);
  expect(resolveRequest(freebsd(), {}, "live").steps).toEqual([]);
});

test("a kernel is found in the object folder of its build, relative to the lane", () => {
  const folder = tempFolder("objdir");
  const build = join(folder, "obj/usr/src/amd64.amd64/sys/MINE");
  mkdirSync(build, { recursive: true });
  writeFileSync(join(build, "kernel"), "kernel");
  const mine = (kernel: KernelConfig): string | undefined =>
    resolveRequest({ ...freebsd({ kernels: { MINE: kernel } }), folder }, {}).columns[1]?.file;
  expect(mine({ objdir: "obj" })).toBe(join(build, "kernel"));
  expect(() => mine({ objdir: "obj", conf: "MIEN" })).toThrow("did you mean MINE?");
});

const linux = (lane: Partial<LaneConfig> = {}) => ({
  name: "mine",
  lane: { guest: "linux", probe, ...lane } satisfies LaneConfig,
  folder: "/lane",
});

test.each<[string, NamedLane, RunOptions]>([
  ["--with-modules", linux(), { withModules: true }],
  ["kernels.MINE.modules", linux({ kernels: { MINE: { file: "k", modules: true } } }), {}],
  ['probeAt: "login"', linux({ probeAt: "login" }), {}],
  ['root: "rootfs"', linux({ root: "rootfs" }), {}],
  ["root: 4", linux({ root: 4 }), {}],
  ["--root 4", linux({}), { root: "4" }],
  ['machine.firmware: "uefi"', linux({ machine: { firmware: "uefi" } }), {}],
  ['commandLine: "quiet"', freebsd({ commandLine: "quiet" }), {}],
])("%s, which would do nothing, is refused", (words, lane, options) => {
  expect(() => resolveRequest(lane, options)).toThrow(usage("option-unused", words));
});

const expecting = (expected: ExpectationInput) => [
  process("p", [thread("t", [syscall({ nr: 20, expect: expected })])]),
];

test("an expectation for a column that is nearly one of the run's is refused", () => {
  const lane = freebsd({
    probe: expecting({ stock: "ok", TWQDEBUG: "ENOTSUP" }),
    kernels: { TWQDBEUG: "k" },
  });
  expect(() => resolveRequest(lane, {})).toThrow(usage("expectation-unknown-column", "TWQDEBUG"));
  const mistypedWithOthers = freebsd({
    probe: [syscall({ nr: 20, expect: "ok" }), ...expecting({ stcok: "ok" })],
  });
  expect(() => resolveRequest(mistypedWithOthers, {})).toThrow(
    usage("expectation-unknown-column", "stcok"),
  );
});

test("also where another step names the right column", () => {
  const probe = [...expecting({ TWQDEBUG: "ENOTSUP" }), ...expecting({ TWQSTAET: "ok" })];
  const lane = freebsd({ probe });
  expect(() => resolveRequest(lane, { kernels: { TWQSTATE: "k", TWQDEBUG: "k" } })).toThrow(
    usage("expectation-unknown-column", "TWQSTATE"),
  );
  const both = freebsd({
    probe: [...expecting({ TWQSTATE: "ok" }), ...expecting({ TWQSTAET: "ok" })],
  });
  expect(() => resolveRequest(both, { kernels: { TWQSTATE: "k" } })).toThrow(
    usage("expectation-unknown-column", "TWQSTATE"),
  );
});

test("two names in one expectation are two kernels, however near", () => {
  const lane = freebsd({ probe: expecting({ TWQ1: "ok", TWQ2: "ENOTSUP" }) });
  expect(resolveRequest(lane, { kernels: { TWQ1: "k" } }).columns).toHaveLength(2);
});

test("a kernel of the lane that this run leaves out may be named nearly like another", () => {
  const kernels = { TWQ1: "k", TWQ2: "k" };
  const lane = freebsd({ kernels, probe: expecting({ TWQ1: "ok", TWQ2: "ENOTSUP" }) });
  expect(resolveRequest(lane, { only: "TWQ1" }).columns).toHaveLength(1);
});

test("expectations for none of the run's columns are refused", () => {
  const lane = freebsd({ probe: expecting({ TWQDEBUG: "ENOTSUP" }) });
  expect(() => resolveRequest(lane, {})).toThrow(usage("expectation-unknown-column", "TWQDEBUG"));
});

test("a lane may expect something of a kernel that is given another time", () => {
  const lane = freebsd({ probe: expecting({ stock: "ok", TWQDEBUG: "ENOTSUP" }) });
  expect(resolveRequest(lane, {}).columns).toHaveLength(1);
  expect(resolveRequest(lane, { kernels: { OTHER: "k" } }).columns).toHaveLength(2);
  const declared = { kernels: { TWQDEBUG: "k" }, probe: expecting({ TWQDEBUG: "ENOTSUP" }) };
  expect(resolveRequest(freebsd(declared), { only: "stock" }).columns).toHaveLength(1);
});

test("a lane, or options, with an empty list of kernels is refused: no guest would boot", () => {
  const lane = { guest: "linux", probe } satisfies LaneConfig;
  const named = { name: "mine", lane, folder: "/lane" };
  const empty = { ...named, lane: { ...lane, kernels: {} } };
  for (const resolveEmpty of [resolveRequest, resolveOneKernel]) {
    expect(() => resolveEmpty(empty, {})).toThrow(usage("lane-without-kernels", '"mine"'));
    expect(() => resolveEmpty(named, { kernels: {} })).toThrow(usage("lane-without-kernels"));
  }
  expect(resolveRequest(empty, { kernels: { a: "k" } }).columns).toMatchObject([{ kernel: "a" }]);
});

test.each([
  ["__proto__", "expected a letter or digit, then"],
  ["a b", "expected a letter or digit, then"],
  ["step", 'expected a name other than "step"'],
  ["record.json", 'does not end in ".json"'],
])("says of the kernel name %j what is expected of it", (kernel, words) => {
  const kernels = JSON.parse(`{ "${kernel}": "k" }`) as Record<string, string>;
  expect(() => columnsOf({}, { kernels })).toThrow(usage("bad-kernel-name", words));
});

test("numbers where a size or duration belongs are refused as ones without a unit", () => {
  const untyped = (options: object) => () => columnsOf({}, options);
  expect(untyped({ memory: 512 })).toThrow(usage("bad-size", 'found "512"'));
  expect(untyped({ bootTimeout: 90 })).toThrow(usage("bad-duration", 'found "90"'));
});

test("an accelerator or hypervisor that does not exist is refused, with the nearest name", () => {
  const untyped = (options: object) => () => columnsOf({}, options);
  expect(untyped({ accel: "kvmm" })).toThrow(usage("bad-arguments", 'accel: found "kvmm"'));
  expect(untyped({ accel: "kvmm" })).toThrow(
    expect.objectContaining({ hint: "did you mean kvm?" }) as Error,
  );
  expect(untyped({ hypervisor: "xen" })).toThrow(usage("bad-arguments", "auto, qemu, bhyve"));
});
